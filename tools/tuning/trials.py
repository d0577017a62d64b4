"""What a trial does: train what its values say, and judge it on the held-out images."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from keras_models import datasets, families, presets, seeding
from tools import console
from tools.pipeline import observed, policy_evaluation, runs, training
from tools.tuning import judging
from tools.tuning.judging import Judge
from tools.tuning.options import SearchOptions
from tools.tuning.spaces import Space

FOLDER = "run"  # of a trial's training, within the trial's folder


class StageTrials:
    """One stage of a run's training again and again, on what the stages before it have made.

    Args:
        options: of the search; its source is the run's folder, its search the stage.

    Raises:
        UserError: the run has no such stage, or it is the first, or not for multiply-adds.
        RunError: the stage before has not ended.
    """

    def __init__(self, options: SearchOptions):
        self.options, self.source = options, runs.read(options.source)
        config, names = self.source.config, list(families.presets(self.source.config["family"]).STAGES)
        check_stage(options, config, names)
        self.task = datasets.get(config["task"])
        before = self.source.folder / f"{names[names.index(options.search) - 1]}.keras"
        if not before.exists():
            raise runs.RunError(f"{options.source} has no {before.name}: expected a run whose stage of that name ended")
        network = runs.read_network(config["family"], before)
        stages = runs.stages_of(self.source, network)
        self.index = [stage.name for stage in stages].index(options.search)
        self._before = [[np.array(weight) for weight in stage.weights] for stage in stages[: self.index]]
        self.digest = observed.digest(network, stages)
        self.fitting = self.held_out = None
        if stages[self.index].reads:
            split = stages[self.index].split
            self.fitting = observed.load(self.source, network, self.task, split, options.views)
            self.held_out = policy_evaluation.values_of(self.source, network, self.task, runs.HELD_OUT_SPLIT)
        self.judged = len(self.task.load(runs.HELD_OUT_SPLIT)[1])
        self.judge = judge_for(network, options, judging.whole_cost(network))
        self.space = Space(config["family"], options.search, config["arguments"], config["stages"])

    @property
    def origin(self) -> dict:
        """What decides the search beside its options, as plain data."""
        return {name: self.source.config[name] for name in ("family", "arguments", "task", "stages")} | {
            "digest": self.digest
        }

    def admissible(self, values: Mapping) -> bool:
        """All are: what decides costs next to nothing, and what it costs is in its score."""
        return True

    def config(self, values: Mapping, epochs: int) -> dict:
        """The config of a trial's run."""
        arguments, chosen = self.space.chosen(values)
        known = self.source.config
        stages = {name: dict(settings) | chosen.get(name, {}) for name, settings in known["stages"].items()}
        own = stages[self.options.search]
        own |= {"epochs": epochs} | ({"views": self.options.views} if "views" in own else {})
        arguments, stages = presets.resolve(known["family"], known["arguments"] | arguments, stages)
        return known | {"arguments": arguments, "stages": stages, "seed": self.options.seed}

    def evaluate(self, values: Mapping, epochs: int, folder: Path) -> dict:
        """Train the stage for that many epochs, and judge the network."""
        keras.backend.clear_session()  # a search of a day keeps no graph of a trial that is over
        run = runs.start(folder / FOLDER, self.config(values, epochs))
        network = training.build(run, self.task)
        stages = runs.stages_of(run, network)
        for stage, weights in zip(stages, self._before, strict=False):
            for weight, value in zip(stage.weights, weights, strict=True):
                weight.assign(value)
        if self.fitting is not None:
            seeding.set_random_seed(self.options.seed)
            training.fit_values(stages[self.index], self.fitting, None)
            held_out = self.held_out
        else:
            training.fit_stage(run, network, self.task, stages[self.index])
            held_out = policy_evaluation.values_of(run, network, self.task, runs.HELD_OUT_SPLIT)
        found = self.judge(network, held_out, run.config["stages"])
        shutil.rmtree(run.folder)
        return found

    def preset(self, values: Mapping, epochs: int) -> dict:
        """The preset of these values; without source and expected result."""
        config = self.config(values, epochs)
        return {name: config[name] for name in ("family", "task", "arguments", "stages")}


def check_stage(options: SearchOptions, config: Mapping, names: list[str]) -> None:
    """Raises UserError for a stage that cannot be searched alone."""
    later = names[1:]
    if options.search not in later:
        words = ", ".join(later) or "none"
        raise console.UserError(
            f"expected a stage after the first of {options.source} ({words}), received {options.search!r}"
        )
    cost = config["stages"][options.search].get("cost", "macs")
    if cost != "macs":
        raise console.UserError(f"expected a run whose {options.search} save multiply-adds, received cost {cost}")


class NetworkTrials:
    """Whole networks: every stage of the training, the later ones for a few epochs.

    A trial of the later rounds of Hyperband starts anew and does not go on with its earlier one: a one-cycle schedule
    has cooled down by then, and only networks that have cooled down can be compared. With the usual factor of 3 that
    is half as much work again at most, and no trial depends on another's files.

    Args:
        options: of the search; its source is a preset's name or file.

    Raises:
        UserError: no network of the space keeps the ceiling.
    """

    def __init__(self, options: SearchOptions):
        self.options = options
        base = presets.get(options.source)
        self.family, self.first = base["family"], next(iter(families.presets(base["family"]).STAGES))
        self.base = training.configure(training.TrainingOptions(options.source, seed=options.seed))
        self.task = datasets.get(base["task"])
        reference = presets.build(self.base, self.task.input_shape, self.task.classes)
        self.ceiling = options.max_macs or judging.whole_cost(reference)
        self.judge = judge_for(reference, options, self.ceiling)
        self.space = Space(self.family, options.search, self.base["arguments"], self.base["stages"])
        self.judged = len(self.task.load(runs.HELD_OUT_SPLIT)[1])
        self._macs: dict[str, float] = {}  # by arguments
        least = self.macs(self.space.smallest())
        if least > self.ceiling:
            raise console.UserError(
                f"expected a ceiling of at least the smallest network's {least:,.0f} multiply-adds, "
                f"received {self.ceiling:,.0f}"
            )

    @property
    def origin(self) -> dict:
        """What decides the search beside its options, as plain data."""
        return {name: self.base[name] for name in ("family", "arguments", "task", "stages")}

    def macs(self, values: Mapping) -> float:
        """Multiply-adds of the whole network of these values, what decides included."""
        arguments, _ = self.space.chosen(values)
        key = repr(sorted(arguments.items()))
        if key not in self._macs:
            config = self.base | {"arguments": self.base["arguments"] | arguments}
            self._macs[key] = judging.whole_cost(presets.build(config, self.task.input_shape, self.task.classes))
            keras.backend.clear_session()
        return self._macs[key]

    def admissible(self, values: Mapping) -> bool:
        """Whether the network keeps the ceiling."""
        return self.macs(values) <= self.ceiling

    def config(self, values: Mapping, epochs: int) -> dict:
        """The config of a trial's run: the first stage so long, the later ones as the options say."""
        arguments, stages = self.space.chosen(values)
        for name, settings in self.base["stages"].items():
            few = {"epochs": self.options.later_epochs, "views": self.options.views}
            if name != self.first:
                stages[name] = {k: v for k, v in few.items() if k in settings} | stages.get(name, {})
        options = training.TrainingOptions(
            self.options.source, None, arguments, stages, {"epochs": epochs}, self.options.seed
        )
        return training.configure(options)

    def evaluate(self, values: Mapping, epochs: int, folder: Path) -> dict:
        """Train all stages, and judge the network; an interrupted trial goes on from its last epoch."""
        keras.backend.clear_session()
        run = runs.start(folder / FOLDER, self.config(values, epochs))
        network = training.train(run, share=self.options.share)
        held_out = policy_evaluation.values_of(run, network, self.task, runs.HELD_OUT_SPLIT)
        found = self.judge(network, held_out, run.config["stages"])
        shutil.rmtree(run.folder)
        return found

    def preset(self, values: Mapping, epochs: int) -> dict:
        """The preset of these values, to be trained as long as the one at the start; without source and expected."""
        arguments, chosen = self.space.chosen(values)
        stages = {name: settings | chosen.get(name, {}) for name, settings in self.base["stages"].items()}
        made = {"family": self.family, "task": self.task.name}
        return made | {"arguments": self.base["arguments"] | arguments, "stages": stages}


def judge_for(network, options: SearchOptions, ceiling: float) -> Judge:
    """The judge of a search: prices in the unit of that network, budgets from a tenth of a ceiling."""
    budgets = options.budgets or (0.1 * ceiling, ceiling)
    kappas = tuple(sorted(set(options.kappas)))
    return Judge(options.objective, kappas, judging.price_unit(network), tuple(budgets))
