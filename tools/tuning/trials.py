"""What a trial does: train what its values say, and judge it on the held-out images."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from keras_models import datasets, families, presets, seeding
from keras_models.base import AdaptiveModel
from keras_models.policies import judging
from keras_models.presets.spaces import Space
from tools import console
from tools.pipeline import observed, policy_evaluation, runs, training
from tools.tuning.options import SearchOptions


class Trials:
    """What the trials of both kinds of search share.

    Args:
        options, base: of the search; config of the run that it is around.
        network: whose own unit the prices are in.
        ceiling: highest multiply-adds of the area, which begins at a tenth of it, where the options have no budgets.
    """

    def __init__(self, options: SearchOptions, base: dict, network: AdaptiveModel, ceiling: float):
        self.options, self.base, self.task = options, base, datasets.get(base["task"])
        self.space = Space(base["family"], options.search, base["arguments"], base["stages"])
        budgets = options.budgets or (0.1 * ceiling, ceiling)
        self.judge = judging.Judge(tuple(sorted(set(options.kappas))), judging.price_unit(network), budgets)
        self.judged = len(self.task.load(runs.HELD_OUT_SPLIT)[1])
        self.held_out: dict | None = None  # what every trial is judged on, where that is the same for all

    @property
    def origin(self) -> dict:
        """What decides the search beside its options, as plain data."""
        return {name: self.base[name] for name in ("family", "arguments", "task", "stages")}

    def evaluate(self, values: Mapping, epochs: int, folder: Path) -> dict:
        """Train what a trial's values say in its folder, the searched or first stage so long, and judge the network."""
        keras.backend.clear_session()  # a search of a day keeps no graph of a trial that is over
        run = runs.start(folder / "run", self.config(values, epochs))
        network = self.train(run)
        held_out = self.held_out or policy_evaluation.values_of(run, network, self.task, runs.HELD_OUT_SPLIT)
        found = self.judge(network, policy_evaluation.sweep_of(network, held_out), run.config["stages"])
        shutil.rmtree(run.folder)
        return found


class StageTrials(Trials):
    """One stage of a run's training again and again, on what the stages before it have made.

    Raises UserError if the run has no such stage, or it is the first, or not for multiply-adds; RunError if the stage
    before has not ended.
    """

    def __init__(self, options: SearchOptions):
        source = runs.read(options.source)
        config, names = source.config, list(families.presets(source.config["family"]).STAGES)
        if options.search not in names[1:]:
            words = ", ".join(names[1:]) or "none"
            expected = f"expected a stage after the first of {options.source} ({words})"
            raise console.UserError(f"{expected}, received {options.search!r}")
        cost = config["stages"][options.search].get("cost", "macs")
        if cost != "macs":
            raise console.UserError(f"expected a run whose {options.search} save multiply-adds, received cost {cost}")
        before = source.folder / f"{names[names.index(options.search) - 1]}.keras"
        if not before.exists():
            raise runs.RunError(f"{options.source} has no {before.name}: expected a run whose stage of that name ended")
        network = runs.read_network(source, before)
        super().__init__(options, config, network, judging.whole_cost(network))
        stages = runs.stages_of(source, network)
        self.index = [stage.name for stage in stages].index(options.search)
        self._before = [[np.array(weight) for weight in stage.weights] for stage in stages[: self.index]]
        self.digest = observed.digest(network, stages)
        self.fitting = None
        if stages[self.index].reads:
            self.fitting = observed.load(source, network, self.task, stages[self.index].split, options.views)
            self.held_out = policy_evaluation.values_of(source, network, self.task, runs.HELD_OUT_SPLIT)

    @property
    def origin(self) -> dict:
        """What decides the search beside its options, as plain data."""
        return super().origin | {"digest": self.digest}

    def admissible(self, values: Mapping) -> bool:
        """All are: what decides costs next to nothing, and what it costs is in its score."""
        return True

    def config(self, values: Mapping, epochs: int) -> dict:
        """The config of a trial's run."""
        arguments, chosen = self.space.chosen(values)
        stages = {name: settings | chosen.get(name, {}) for name, settings in self.base["stages"].items()}
        own = stages[self.options.search]
        own |= {"epochs": epochs} | ({"views": self.options.views} if "views" in own else {})
        arguments, stages = presets.resolve(self.base["family"], self.base["arguments"] | arguments, stages)
        return self.base | {"arguments": arguments, "stages": stages, "seed": self.options.seed}

    def train(self, run: runs.Run) -> AdaptiveModel:
        """The network with the stage trained."""
        network = training.build(run, self.task)
        stages = runs.stages_of(run, network)
        for stage, weights in zip(stages, self._before, strict=False):
            for weight, value in zip(stage.weights, weights, strict=True):
                weight.assign(value)
        if self.fitting is None:
            training.fit_stage(run, network, self.task, stages[self.index])
        else:
            seeding.set_random_seed(self.options.seed)
            training.fit_values(stages[self.index], self.fitting, None)
        return network

    def preset(self, values: Mapping, epochs: int) -> dict:
        """The preset of these values; without source and expected result."""
        config = self.config(values, epochs)
        return {name: config[name] for name in ("family", "task", "arguments", "stages")}


class NetworkTrials(Trials):
    """Whole networks: every stage of the training, the later ones for a few epochs.

    A trial of the later rounds of Hyperband starts anew and does not go on with its earlier one: a one-cycle schedule
    has cooled down by then, and only networks that have cooled down can be compared. With the usual factor of 3 that
    is half as much work again at most, and no trial depends on another's files. Raises UserError if no network of the
    space keeps the ceiling.
    """

    def __init__(self, options: SearchOptions):
        base = training.configure(options.source, seed=options.seed)
        task = datasets.get(base["task"])
        reference = presets.build(base, task.input_shape, task.classes)
        self.ceiling = options.max_macs or judging.whole_cost(reference)
        super().__init__(options, base, reference, self.ceiling)
        self._macs: dict[str, float] = {}  # by arguments
        least = self.macs(self.space.smallest())
        if least > self.ceiling:
            raise console.UserError(
                f"expected a ceiling of at least the smallest network's {least:,.0f} multiply-adds, "
                f"received {self.ceiling:,.0f}"
            )

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
        few, (_, *later) = {"epochs": self.options.later_epochs, "views": self.options.views}, self.base["stages"]
        for name in later:
            stages[name] = {k: v for k, v in few.items() if k in self.base["stages"][name]} | stages.get(name, {})
        given = {"arguments": arguments, "stages": stages, "first": {"epochs": epochs}, "seed": self.options.seed}
        return training.configure(self.options.source, **given)

    def train(self, run: runs.Run) -> AdaptiveModel:
        """The network with all stages trained; an interrupted trial goes on from its last epoch."""
        return training.train(run, share=self.options.share)

    def preset(self, values: Mapping, epochs: int) -> dict:
        """The preset of these values, to be trained as long as the one at the start; without source and expected."""
        arguments, chosen = self.space.chosen(values)
        stages = {name: settings | chosen.get(name, {}) for name, settings in self.base["stages"].items()}
        made = {"family": self.base["family"], "task": self.task.name}
        return made | {"arguments": self.base["arguments"] | arguments, "stages": stages}
