"""Compares policies on the float network of a run, batch by batch: what tools/evaluate.py does with a run folder.

Nothing is skipped here and no time is taken: a bundle is what runs. Gates and thresholds are fitted on the images that
controllers are fitted on, all of them; settings are chosen on the held-out split, with all trained exits kept, and
judged on another.
"""

from collections.abc import Sequence

import numpy as np

from keras_models import datasets, programs
from keras_models.early_exit import EarlyExit
from keras_models.functional.evaluation import source_pairs, standard_error
from keras_models.policies import choice
from keras_models.policies.operating_points import FULL, Grid, Measured, best_within
from tflite.conversion.table import Table
from tools import console
from tools.pipeline import judge as judge_
from tools.pipeline import observed, part_prices, runs
from tools.pipeline.sweep import Sweep, chain_sweep


def evaluate(run: runs.Run, texts: Sequence[str], split: str, cost: str = "macs", pictures=None) -> dict:
    """Every exit by itself, and one row a policy and operating point; the whole network only as the policy "static".

    Args:
        run, texts, split: a finished run, names of policies, and on which split settings are judged.
        cost: what policies save and rows tell, "macs" or "arm64": instructions of the parts as int8 models.
        pictures: (images, labels) on which they are judged in the place of a split, or None.

    Returns:
        {"cost": its unit, "exits": rows of `cut_short`, "policies": rows, "compared": rows of `compared`}, a row being
        {"policy", "name": of the operating point, "parameters", "accuracy": 0..1, "standard_error", UNIT: mean,
        "share": of the static network's, "groups": {kind: {"accuracy", "share"}}, "exits": {name: share}}, where UNIT
        is "macs" or "arm64_instructions".
    """
    network, task = runs.load_model(run), datasets.get(run.config["task"])
    unit, prices = "macs" if cost == "macs" else "arm64_instructions", part_prices.part_prices(network, task, cost)
    seen = Splits(run, network, task, split, pictures)
    static = network.static_cost(prices)
    kinds = task.group_names if seen.judged.get("groups") is not None else ()
    rows, entrants = [], []
    for text in console.progress(texts, "policies"):
        policy = choice.parse(text, network)
        own = part_prices.part_prices(policy.chain, task, cost) if policy.chain is not network else prices
        entrant = Entrant(policy, seen, own)
        points = entrant.solve()
        if len(points) > 1:
            del points[FULL]  # the static network's row stands for all of them
        for name, point in points.items():
            measured = entrant.judged(point.parameters)
            row = {"policy": text, "name": name, "parameters": point.parameters}
            row |= judge(measured, seen.judged.get("groups"), kinds, static, unit)
            row["standard_error"] = standard_error(measured.right, seen.judged_pairs)
            rows.append(row | {"exits": ends(entrant.sweep, measured)})
        entrants.append((entrant, points))
    exits = cut_short(network, seen.judged, prices, kinds, static, unit)
    return {"cost": unit, "exits": exits, "policies": rows, "compared": compared(entrants, seen.judged_pairs, unit)}


class Splits:
    """A run's network on the images that policies are fitted on, on held-out ones, and on those it is judged on.

    Attributes:
        fitting, held_out, judged: as of `values_of`.
        pairs, judged_pairs: `evaluation.source_pairs` of the last two.
        kept: bool `[exits]` of a policy, or None.
    """

    def __init__(self, run: runs.Run, network, task, split: str, pictures=None):
        views = max(settings.get("views", 1) for settings in run.config["stages"].values())
        self.fitting = values_of(run, network, task, runs.POLICY_SPLIT, views)
        self.held_out = values_of(run, network, task, runs.HELD_OUT_SPLIT)
        self.pairs, self.judged_pairs = source_pairs(task.sources(runs.HELD_OUT_SPLIT)), None
        if pictures is None:
            self.judged, self.judged_pairs = values_of(run, network, task, split), source_pairs(task.sources(split))
        else:
            self.judged = fresh_values(network, task, *pictures)
        self._run, self._network, self.task = run, network, task

    def kept(self, policy) -> np.ndarray | None:
        """The exits that a policy may take; None for a network that has none."""
        if not isinstance(self._network, EarlyExit):
            return None
        return choice.open_exits(self._network, self._run.config["stages"], policy)


class Entrant:
    """A policy on the three splits. prices: of a run of each part, multiply-adds by default."""

    def __init__(self, policy, seen: Splits, prices=None):
        self.policy, self._seen, self.kept = policy, seen, seen.kept(policy)
        own, every = judge_.of_chain(policy.chain, seen.task), (seen.fitting, seen.held_out, seen.judged)
        found = (sweep_of(policy.chain, values, prices, own) for values in every)
        self._fitting, self._held_out, self.sweep = found

    def solve(self) -> dict:
        """Its operating points."""
        known = {"pairs": self._seen.pairs, "others": len(self._seen.judged["labels"])}
        return Grid(self._held_out, self.policy, fitting=self._fitting, **known).solve(self.kept)

    def judged(self, parameters: dict) -> Measured:
        """What a setting gives on the images that it is judged on."""
        return self.sweep.measure([parameters], self.kept)[0]

    def within(self, budget: float) -> Measured | None:
        """The setting that is most accurate on held-out images at that mean cost there, judged; None if none fits."""
        found = best_within(self._held_out, self.policy, self.kept, budget, self._fitting)
        return None if found is None else self.judged(found)


def compared(entrants: Sequence[tuple[Entrant, dict]], pairs, unit: str) -> list[dict]:
    """Every policy at the costs of the first one's operating points, image by image against it.

    Both are the most accurate settings of their policy within that mean cost on held-out images.

    Returns:
        Rows {"policy", "at": name of the point, "accuracy", UNIT: mean, "more_accurate": than the first one, "error":
        standard error of that}; no row where even the cheapest setting costs more.
    """
    rows = []
    for name, point in entrants[0][1].items():
        budget = float(np.mean(point.measured.costs)) * (1 + 1e-9)
        found = [(entrant.policy.name, entrant.within(budget)) for entrant, _ in entrants]
        first = found[0][1]
        for policy, measured in found if first is not None else ():
            if measured is None:
                continue
            difference = measured.right - first.right.astype(float)
            row = {"policy": policy, "at": name, "accuracy": measured.accuracy, unit: float(np.mean(measured.costs))}
            row["more_accurate"] = float(difference.mean())
            rows.append(row | {"error": standard_error(difference, pairs)})
    return rows


def values_of(run: runs.Run, network, task, split: str, views: int = 1) -> dict:
    """What a sweep over a run's float network starts from, with `labels` and perhaps `groups`.

    The observed values of a network in a line that tells any, else the normalised images. views: of every image, as for
    `observed.load`; of images themselves one.
    """
    images, labels, groups = task.load(split)
    if _is_observed(network, task, images, groups):
        return observed.load(run, network, task, split, views)
    return task.values(images, groups) | {"labels": labels} | ({} if groups is None else {"groups": groups})


def fresh_values(network, task, images, labels) -> dict:
    """As `values_of`, of images `[n, height, width, channels]` that are of no split; nothing is kept."""
    if _is_observed(network, task, images):
        return observed.compute(network, task, images) | {"labels": labels}
    return {"image": task.normalise(images), "labels": labels}


def _is_observed(network, task, images, groups=None) -> bool:
    """Whether a network is in a line and tells of values on the way."""
    if not programs.in_a_line(network.program()):
        return False
    given = task.values(images[:1], None if groups is None else groups[:1])
    return bool(network.observe(datasets.network_input(given)))


def sweep_of(chain, values: dict, prices=None, judge=None) -> Sweep:
    """A chain in Keras on values with their `labels`.

    prices: of a run of each part, multiply-adds by default. judge: of answers that are no labels.
    """
    given = {name: value for name, value in values.items() if name not in ("labels", "groups")}
    return chain_sweep(chain, given, values["labels"], prices or chain.part_macs, judge=judge)


def judge(measured: Measured, groups, kinds, static: float, unit: str) -> dict:
    """The part of a row that depends on what was measured: its summary, and the kinds alone."""

    def summary(rows=slice(None)):
        spent = float(np.mean(measured.costs[rows]))
        return {"accuracy": float(np.mean(measured.right[rows])), unit: spent, "share": spent / static}

    return summary() | {"groups": {kind: summary(groups == k) for k, kind in enumerate(kinds)}}


def ends(sweep: Sweep, measured: Measured) -> dict[str, float]:
    """Share of the samples that left through each exit; empty for a program that is not in a line."""
    if not sweep.in_a_line:
        return {}
    shares = np.bincount(measured.way, minlength=sweep.exits) / len(measured.way)
    return dict(zip(programs.exit_names(sweep.program), shares.tolist(), strict=True))


def cut_short(network, judged: dict, prices, kinds, static: float, unit: str) -> list[dict]:
    """Every exit as if all samples left there and the network ended: {"name", "accuracy", UNIT, "share", "groups"}."""
    if not isinstance(network, EarlyExit):
        return []
    right = sweep_of(network, judged).answers().argmax(-1) == np.asarray(judged["labels"])[:, None]
    rows = []
    for i, name in enumerate(network.exit_names):
        spent = network.static_cost(prices, name)
        groups = {kind: float(right[judged["groups"] == k, i].mean()) for k, kind in enumerate(kinds)}
        row = {"name": name, "accuracy": float(right[:, i].mean()), unit: spent, "share": spent / static}
        rows.append(row | {"groups": groups})
    return rows


def table(found: dict) -> str:
    """What `evaluate` found as lines for people."""
    rows, unit = found["policies"], found["cost"]
    heading, words = ("mult-adds", "multiply-adds") if unit == "macs" else ("arm64 instr", "arm64 instructions")
    kinds = list(rows[0]["groups"]) if rows else []
    caption = f"(share: of the static network's {words}" + ("; by kind: accuracy/share)" if kinds else ")")
    by_kind = [[f"{g['accuracy']:.1%}/{g['share']:.0%}" for g in row["groups"].values()] for row in rows]
    cells = [[r["policy"], r["name"], *_figures(r, unit), *own] for r, own in zip(rows, by_kind, strict=True)]
    lines = [Table(["policy", "point", "accuracy", heading, "share", *kinds], cells, caption=caption).text()]
    if found["exits"]:
        cells = [[r["name"], *_figures(r, unit), *(f"{a:.1%}" for a in r["groups"].values())] for r in found["exits"]]
        lines += ["", Table(["cut short at", "accuracy", heading, "share", *kinds], cells).text()]
    if len({row["policy"] for row in found["compared"]}) > 1:
        cells = [
            [r["policy"], r["at"], f"{r['accuracy']:.2%}", console.count(r[unit]), f"{100 * r['more_accurate']:+.2f}"]
            + [f"{100 * r['error']:.2f}"]
            for r in found["compared"]
        ]
        header = ["policy", "at the cost of", "accuracy", heading, "points more than the first", "error"]
        lines += ["", Table(header, cells).text()]
    return "\n".join(lines)


def _figures(row: dict, unit: str) -> list[str]:
    return [f"{row['accuracy']:.2%}", console.count(row[unit]), f"{row['share']:.1%}"]
