"""Overthinking of networks with exits: what is computed of their outcomes, as plain rows that pages and figures read.

Voorhout, "Overthinking in multi-scale dense networks", TU Delft 2022. Thresholds are solved, and data sets of which
exit should take an image are trained, on the images that policies are fitted on; everything is told of others.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keras_models.functional import clutter, overthinking, which_exit
from keras_models.functional.evaluation import source_pairs, standard_error
from tools import machine
from tools.pipeline.runs import POLICY_SPLIT
from tools.studies.exit_outcomes import ExitOutcomes

DRAWN = 1_000  # samples whose ranks a figure shows


@dataclass(frozen=True)
class Options:
    """What is asked for.

    Attributes:
        split: on which all is told.
        limit: at most so many of its images, or None.
        scales: lambdas of the data sets of which exit should take an image; "auto" is added.
        train_split: of images that the classifiers have seen, whose labels are shown beside; None: not shown.
    """

    split: str = "test"
    limit: int | None = None
    scales: tuple[float, ...] = (5.0, 10.0, 50.0)
    train_split: str | None = None


def study(sources: Sequence, options: Options, command: str) -> dict:
    """Everything that is told of some networks of one task, as plain data.

    sources: as of `exit_outcomes.open_sources`; which exit should take an image is asked of the first.

    Returns:
        {"dataset", "split", "samples", "networks": rows of `network_rows`, "overlaps": of `overlaps`, "which_exit": of
        `which_exits`, "clutter": of each exit of the first network, "images": how much of them, "command", "machine"}.
    """
    first, told, fitting = sources[0], [], []
    for source in sources:
        told.append(source.outcomes(options.split, options.limit))
        fitting.append(source.outcomes(POLICY_SPLIT, options.limit))
    images = first.task.load(options.split)[0][told[0].rows]
    known = first.task.sources(options.split)
    pairs = source_pairs(None if known is None else known[told[0].rows])
    seen = {POLICY_SPLIT: fitting[0], options.split: told[0]}
    if options.train_split:
        seen[options.train_split] = first.outcomes(options.train_split, options.limit)
    percentages = clutter.clutter(images)
    spread = {"mean": float(percentages.mean()), "variance": float(percentages.var())}
    return {
        "dataset": first.task_name,
        "split": options.split,
        "samples": len(told[0].labels),
        "networks": [network_rows(one, fitted, pairs) for one, fitted in zip(told, fitting, strict=True)],
        "overlaps": overlaps(told),
        "which_exit": which_exits(seen, options.scales),
        "clutter": clutter.by_exit(percentages, told[0].correct),
        "images": spread,
        "command": command,
        "machine": machine.describe(),
    }


def network_rows(told: ExitOutcomes, fitted: ExitOutcomes, pairs) -> dict:
    """What is told of a network alone.

    fitted: its outcomes on the images that thresholds are solved on. pairs: as of `source_pairs`.
    """
    correct, costs, exits = told.correct, told.costs, range(len(told.exits))
    surest = overthinking.anytime_accuracies(correct, told.confidence, "most_confident")
    new = overthinking.newly_correct(correct)
    rows = [
        {"name": told.exits[i], "accuracy": float(correct[:, i].mean()), "macs": float(costs[i])}
        | {"surest_so_far": float(surest[i]), "newly_correct": float(new[i])}
        for i in exits
    ]
    batch = overthinking.budgeted_batch(fitted.confidence[:, :-1], told.confidence[:, :-1], correct, costs)
    oracle, real = overthinking.oracle(correct, costs), overthinking.realistic_bound(correct, costs)
    return {
        "name": told.name,
        "exits": rows,
        "rates": overthinking.rates(correct),
        "errors": {
            "any": standard_error(overthinking.any_later(correct), pairs),
            "final": standard_error(overthinking.at_the_end(correct), pairs),
            "last_exit": standard_error(correct[:, -1], pairs),
        },
        "right_here_wrong_there": overthinking.outside(correct).tolist(),
        "budgeted_batch": [{key: row[key] for key in ("p", "cost", "accuracy", "exits")} for row in batch],
        "oracle": oracle._asdict(),
        "realistic_bound": real._asdict(),
        "rank_agreement": _plain(overthinking.rank_agreement(told.confidence)),
        "ranks": drawn_ranks(told),
        "kinds": {name: kind_row(correct[own]) for name, own in told.kinds().items() if own.any()},
        "confusion": confusion_rows(told),
    }


def kind_row(correct) -> dict:
    """Accuracy of every exit and rates of overthinking on images of one kind."""
    return {"samples": len(correct), "accuracy": correct.mean(0).tolist(), "rates": overthinking.rates(correct)}


def drawn_ranks(told: ExitOutcomes) -> list[list[int]]:
    """Ranks of the confidences of every exit, for some of the images: `[exits, drawn]`."""
    rows = np.sort(np.random.default_rng(0).permutation(len(told.labels))[:DRAWN])
    return [overthinking.ranks(column)[rows].round().astype(int).tolist() for column in told.confidence.T]


def confusion_rows(told: ExitOutcomes) -> dict:
    """Mean of Kaya's confusion, in standard deviations of all images, where the last exit is right and where wrong."""
    found = overthinking.confusion(told.probabilities)
    placed = (found - found.mean()) / max(found.std(), 1e-12)
    right = told.correct[:, -1]
    return {word: float(placed[own].mean()) for word, own in (("right", right), ("wrong", ~right)) if own.any()}


def overlaps(told: Sequence[ExitOutcomes]) -> list[dict]:
    """How far the overthought samples of every two networks are the same: of two seeds, say."""
    rows = []
    for one, other in itertools.combinations(told, 2):
        if np.array_equal(one.rows, other.rows):
            same = overthinking.overlap(overthinking.any_later(one.correct), overthinking.any_later(other.correct))
            rows.append({"one": one.name, "other": other.name} | same._asdict())
    return rows


def which_exits(seen: dict[str, ExitOutcomes], scales: Sequence[float]) -> list[dict]:
    """Labels of the first network's data sets of which exit should take an image, by rule, scale and split.

    seen: split -> outcomes; the first is what "auto" is chosen on. Rows {"rule", "scale", "auto", "split", "labels":
    counts by exit, "kinds": {kind: counts}, "dropped": samples that no exit, or none of the allowed, gets right}.
    """
    first, rows = next(iter(seen.values())), []
    for rule in which_exit.RULES:
        wanted = [(None, False)]
        if rule != "first_correct":
            auto = which_exit.balancing_scale(first.correct, first.confidence, first.costs, rule)
            wanted = [*((scale, False) for scale in scales), (auto, True)]
        for (scale, chosen), (split, outcomes) in itertools.product(wanted, seen.items()):
            row = {"rule": rule, "scale": scale, "auto": chosen, "split": split}
            rows.append(row | label_counts(outcomes, rule, scale))
    return rows


def label_counts(outcomes: ExitOutcomes, rule: str, scale: float | None) -> dict:
    """The counts of a row of `which_exits`."""
    given = {} if scale is None else {"scale": scale}
    chosen = which_exit.labels(outcomes.correct, outcomes.confidence, outcomes.costs, rule, **given)
    count = len(outcomes.exits)
    kinds = {name: which_exit.histogram(chosen[own], count).tolist() for name, own in outcomes.kinds().items()}
    counts = which_exit.histogram(chosen, count).tolist()
    return {"labels": counts, "kinds": kinds, "dropped": int(np.sum(chosen == which_exit.NONE))}


def _plain(matrix) -> list:
    """A matrix as lists, None for what is not a number."""
    return [[None if np.isnan(value) else float(value) for value in row] for row in matrix]
