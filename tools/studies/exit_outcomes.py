"""What every exit of a run's or a bundle's network answers on a split: arrays that know no family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from tools import console


@dataclass(frozen=True, eq=False)
class ExitOutcomes:
    """What every exit answers on labelled images.

    Attributes:
        name: of the network.
        probabilities: float `[samples, exits, classes]`.
        labels: int `[samples]`.
        costs: `[exits]`, multiply-adds up to each exit where thresholds on its answer decide.
        exits: names.
        groups, group_names: int `[samples]`, index into the names of kinds of images, or None.
        rows: int `[samples]`, which images of the split these are.
    """

    name: str
    probabilities: np.ndarray
    labels: np.ndarray
    costs: np.ndarray
    exits: tuple[str, ...]
    groups: np.ndarray | None
    group_names: tuple[str, ...]
    rows: np.ndarray

    @cached_property
    def correct(self) -> np.ndarray:
        """Whether each exit's answer is right, bool `[samples, exits]`."""
        return self.probabilities.argmax(-1) == self.labels[:, None]

    @cached_property
    def confidence(self) -> np.ndarray:
        """The largest probability, `[samples, exits]`."""
        return self.probabilities.max(-1)

    def kinds(self) -> dict[str, np.ndarray]:
        """Kind of image -> which samples, bool `[samples]`; empty where there are no kinds."""
        if self.groups is None:
            return {}
        return {name: self.groups == number for number, name in enumerate(self.group_names)}


class RunSource:
    """A run's float network. Raises UserError where it has no exits."""

    def __init__(self, folder):
        from keras_models import datasets
        from keras_models.early_exit import EarlyExit
        from keras_models.policies import gates, names
        from tools.pipeline import runs

        self.run = runs.read(folder)
        self.network = runs.load_for(self.run, names.QUANTILE)
        self.task = datasets.get(self.run.config["task"], console.progress)
        if not isinstance(self.network, EarlyExit) or len(self.network.exit_names) < 2:
            raise console.UserError(f"expected a run of a network with exits, received {folder}, which has none")
        self.name, self.task_name = Path(folder).resolve().name, self.task.name
        gated = gates.Gate("max_softmax", each=True).apply(self.network)
        self.costs, self.exits = gated.exit_costs(), tuple(self.network.exit_names)

    def outcomes(self, split: str, limit: int | None) -> ExitOutcomes:
        """Of a split, or so many images drawn from it."""
        from tools.pipeline import policy_evaluation
        from tools.reporting import samples

        values = policy_evaluation.values_of(self.run, self.network, self.task, split)
        rows = samples.draw_rows(len(values["labels"]), limit)
        values = {name: value[rows] for name, value in values.items()}
        logits = policy_evaluation.sweep_of(self.network, values).answers().astype(float)
        powers = np.exp(logits - logits.max(-1, keepdims=True))
        groups, kinds = values.get("groups"), tuple(self.task.group_names)
        found = powers / powers.sum(-1, keepdims=True)
        return ExitOutcomes(self.name, found, values["labels"], self.costs, self.exits, groups, kinds, rows)


class BundleSource:
    """A bundle's parts, int8 or not. Raises UserError where not every image passes all answers."""

    network = None

    def __init__(self, folder):
        import tflite
        from keras_models import datasets
        from tflite.bundle import queries
        from tools import native
        from tools.reporting import samples

        self.bundle = tflite.Bundle.load(folder)
        with native.quiet():
            self._chain = tflite.Chain(self.bundle)
        self.name, self.task_name = self.bundle.manifest.name, samples.task_of(self.bundle.manifest)
        self.task = datasets.get(self.task_name, console.progress)
        self.exits = tuple(queries.answers(self.bundle.manifest.programs["main"]))
        if len(self.exits) < 2:
            raise console.UserError(f"expected a bundle of a network with exits, received {folder}, which has none")

    def outcomes(self, split: str, limit: int | None) -> ExitOutcomes:
        """Of a split, or so many images drawn from it, exit by exit."""
        from tflite.baselines import analysis
        from tools.reporting import samples

        data = samples.load(self.bundle.manifest, split=split, limit=limit)
        images = console.progress(data.images, f"asking every exit, {split}")
        table = analysis.trace_table(self._chain, images, list(self.exits))
        if table is None:
            raise console.UserError(f"expected a program in which all images pass all exits, received {self.name}")
        found, costs = table["probabilities"], table["macs"].mean(0)
        return ExitOutcomes(self.name, found, data.labels, costs, self.exits, data.groups, data.group_names, data.rows)


def open_sources(places: Sequence[str]) -> list[RunSource | BundleSource]:
    """Runs and bundles, all of one task.

    Raises:
        UserError: one has no exits, or is of another task than the first.
    """
    from tools.pipeline import runs

    found = []
    for place in places:
        kind = RunSource if runs.own_files(Path(place)) else BundleSource
        found.append(kind(place))
        if found[-1].task_name != found[0].task_name:
            raise console.UserError(
                f"expected networks of {found[0].task_name}, received {place} of {found[-1].task_name}"
            )
    return found
