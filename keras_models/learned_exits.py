"""Networks in a line whose exits ask learned controllers: what they share, whatever their trunk is.

A classifier at every exit reads features `[batch, channels]`; a controller reads the same and the logits, and stops or
goes on (EPNet: Dai, Kong and Guo, CIKM 2020; `layers.controller`). With `conditioned` one set of controllers serves all
budgets: they see the price of computation, kappa.
"""

from __future__ import annotations

import numpy as np
from keras import ops

from keras_models import collaboration, part_models, programs
from keras_models.base import AdaptiveModel, Knob, Part, Stage
from keras_models.early_exit import EarlyExit, listed_exits
from keras_models.functional.batches import BATCH_SIZE, in_batches
from keras_models.losses import ExitAccuracy, SumOfCrossEntropies
from keras_models.optimizers import momentum_sgd
from keras_models.policies import controllers

REFIT = {"epochs": 8, "learning_rate": 0.003, "warm_up": 0.0}  # of controllers on a quantized chain
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)  # stop probabilities worth measuring


class LearnedExits(EarlyExit, AdaptiveModel):
    """Exits with classifiers and controllers. A family sets `exits` (their number, the last answer among them),
    `controllers`, `conditioned`, `kappa` and `freeze`, and defines `answers`, `classifier_layers` and `early_layers`.
    """

    freeze = False  # whether trunk and last answer stay as they are while the exits before it are trained
    links = None  # `layers.ExitLinks` from every answer to the next one, of a family that has them

    def answers(self, images, training=False) -> tuple[list, list]:
        """Features `[batch, channels]` of all exits with a controller at least, and logits of all, `[batch, classes]`.

        images: `[batch, height, width, channels]`, normalised.
        """
        raise TypeError(f"{type(self).__name__} must define answers()")

    def classifier_layers(self) -> list:
        """All layers but the controllers, in order."""
        raise TypeError(f"{type(self).__name__} must define classifier_layers()")

    def early_layers(self) -> list:
        """Those of them that belong to the exits before the last."""
        raise TypeError(f"{type(self).__name__} must define early_layers()")

    def freeze_trunk(self) -> None:
        """Make trunk and last answer run as in inference and keep their weights, if the network is frozen."""
        early = {id(layer) for layer in self.early_layers()}
        for layer in self.classifier_layers() if self.freeze else ():
            layer.trainable = id(layer) in early

    def price_name(self) -> str:
        """What kappa is the price of (`price_unit`)."""
        return f"1/{self.exits} of the network"

    @property
    def exit_numbers(self) -> range:
        """1 .. N, as the paper counts exits."""
        return range(1, self.exits + 1)

    def call(self, images, training=False):
        return ops.cast(ops.stack(self.answers(images, training)[1], axis=1), "float32")

    def stages(self, settings, seed=0) -> list[Stage]:
        """Trunk and classifiers on training images, where it is wanted once more, together; then the controllers, on
        images that those have not seen.
        """
        together = settings.get("collaboration")
        found = [self._collaboration_stage(together)] if together and together["epochs"] else []
        return [self._classifier_stage(settings["classifiers"]), *found, self._controller_stage(settings, seed)]

    def _classifier_stage(self, own) -> Stage:
        def prepare(steps, part_costs):
            loss = SumOfCrossEntropies(
                own["distillation"], weights=own["exit_weights"], label_smoothing=own["label_smoothing"]
            )
            self.compile(momentum_sgd(own, steps, self._rates(own)), loss=loss)
            return self

        every, trained = self.classifier_layers(), self.early_layers() if self.freeze else self.classifier_layers()
        given, weights = ([weight for layer in layers for weight in layer.weights] for layers in (every, trained))
        return Stage("classifiers", "train", weights, own, prepare, reestimate=own["reestimate"], given=given)

    def _collaboration_stage(self, own) -> Stage:
        linked = [] if self.links is None else [self.links]
        trained = self.early_layers() if self.freeze else self.classifier_layers()
        if own["freeze_backbone"]:
            trained = [layer for layer in trained if any(layer is head for head in self.heads)]
        trained = [*trained, *linked]

        def prepare(steps, part_costs):
            kept = {id(layer) for layer in trained}
            for layer in (*self.classifier_layers(), *linked, self.controllers):
                layer.trainable = id(layer) in kept
            return collaboration.trainer(self, own, steps)

        weights = [weight for layer in trained for weight in layer.weights]
        again = own["reestimate"] and not own["freeze_backbone"]
        return Stage("collaboration", "train", weights, own, prepare, reestimate=again)

    def linked(self, logits, training=False) -> list:
        """Logits of all exits, `[batch, classes]` each, with what comes over the links."""
        return logits if self.links is None else self.links(logits, training=training)

    def head_part(self, i: int, channels: int) -> Part:
        """The classifier of exit i on features of so many channels; behind a link it reads the logits before."""
        links = self.links if i > 1 else None
        return Part(part_models.head_model(self.heads[i - 1], i, channels, links), keep_float=True)

    def head_step(self, i: int) -> dict:
        """Run the classifier of exit i."""
        before = {"before": f"logits_{i - 1}"} if self.links is not None and i > 1 else {}
        return programs.run(f"head_{i}", {"features": f"features_{i}"} | before, {"logits": f"logits_{i}"})

    def classifier_rates(self, settings) -> dict[int, float]:
        """Learning rates in the first stage, as shares of the stage's own: id of a weight -> share; others have all.

        settings: of the stage.
        """
        return {}

    def _rates(self, settings) -> list[float] | None:
        """The share of each trainable weight, in their order; None where all have all."""
        shares = self.classifier_rates(settings)
        for layer in (self.controllers, self.links):  # as when it is compiled
            if layer is not None:
                layer.trainable = False
        rates = [shares.get(id(weight), 1.0) for weight in self.trainable_variables]
        return None if set(rates) == {1.0} else rates

    def _controller_stage(self, settings, seed) -> Stage:
        own, kept = settings["controllers"], self.own_exits(settings)
        names = ("learning_rate", "weight_decay", "warm_up", "dropout", "kappa", "estimator", "kappa_weighting")
        options = {name: own[name] for name in names} | {"seed": seed, "kept": kept}

        def prepare(steps, part_costs):
            return controllers.trainer(self, steps, exit_prices=self.exit_prices(part_costs, kept), **options)

        def score(values, labels, part_costs):
            return controllers.score(self, values, labels, self.exit_prices(part_costs, kept), kept)

        return Stage(
            "controllers",
            "validation",
            self.controllers.weights,
            own,
            prepare,
            reads=controllers.read_values(self.exits),
            score=score,
            refit=REFIT,
        )

    def trained_exits(self, settings) -> np.ndarray:
        """The exits that weigh something in the loss; see `EarlyExit.trained_exits`."""
        weights = settings["classifiers"]["exit_weights"]
        if weights is None:
            return np.ones(self.exits, bool)
        if len(weights) != self.exits or not weights[-1] > 0:
            raise ValueError(
                f"expected exit_weights of {self.exits} exits, the last above zero, received {list(weights)}"
            )
        return np.array(weights) > 0

    def own_exits(self, settings) -> np.ndarray:
        """The exits at which the controllers may stop; see `EarlyExit.own_exits`."""
        text, trained = str(settings["controllers"]["exits"]), self.trained_exits(settings)
        return trained if text == "all" else listed_exits(text, trained)

    def stop_logits(self, features, logits, kappa, training=False):
        """Stop logits of the controllers, `[batch, exits - 1]`.

        features: list of `[batch, channels]`; logits: `[batch, exits, classes]`; kappa: `[batch, 1]`.
        """
        kappa = kappa if self.conditioned else None
        return self.controllers(features[: self.exits - 1], logits[:, :-1], kappa, training=training)

    def observe(self, images, batch_size=BATCH_SIZE) -> dict[str, np.ndarray]:
        """The values `logits_i` and `features_i`, arrays by image; see `AdaptiveModel.observe`."""

        def values(batch):
            features, logits = self.answers(batch)
            seen = {"logits": logits, "features": features}
            return {f"{kind}_{i}": value for kind, row in seen.items() for i, value in enumerate(row, 1)}

        return in_batches(values, images, batch_size)

    def compile(self, optimizer="sgd", loss=None, metrics=None, **kwargs):
        """As in Keras; by default the paper's loss, the sum of the exits' cross-entropies, and accuracies by exit.

        `fit` trains trunk and classifiers; the controllers are `ExitPolicy`'s, and are frozen here, as links are.
        """
        self.controllers.trainable = False
        if self.links is not None:
            self.links.trainable = False
        shown = sorted({1, (self.exits + 1) // 2, self.exits})
        metrics = [ExitAccuracy(i - 1, name=f"accuracy_{i}") for i in shown] if metrics is None else metrics
        super().compile(optimizer, loss, metrics, **kwargs)

    def controller_part(self, i: int, channels: int) -> dict[str, Part]:
        """`controller_i`, which reads features of so many channels."""
        controller = part_models.controller_model(self.controllers, i, channels, self.classes)
        return {f"controller_{i}": Part(controller, keep_float=True)}

    def price_steps(self) -> list[dict]:
        """What makes the value `kappa`, where the controllers see it."""
        filled = {"op": "fill", "output": "kappa", "shape": [1, 1], "content": programs.parameter("kappa")}
        return [filled] if self.conditioned else []

    def exit_steps(self, i: int) -> list[dict]:
        """Ask the controller of exit i and leave, or go on; behind the last exit, answer."""
        if i == self.exits:
            return [programs.answer(f"exit_{i}", label=f"logits_{i}")]
        inputs = {"features": f"features_{i}", "logits": f"logits_{i}"}
        inputs |= {"kappa": "kappa"} if self.conditioned else {}
        rule = {"rule": "at_least", "value": f"stop_{i}", "threshold": programs.parameter("threshold")}
        return [
            programs.run(f"controller_{i}", inputs, {"stop": f"stop_{i}"}),
            programs.exit_if(f"exit_{i}", rule, label=f"logits_{i}"),
        ]

    def parameters(self) -> dict[str, Knob]:
        """kappa, where the controllers see it, and the stop probability from which they stop."""
        text = "stop probability from which to leave; above 1 never"
        threshold = Knob(0.5, 0.0, 2.0, text, THRESHOLDS, full_depth=2.0)
        price = {"kappa": controllers.price_knob(*self.kappa, self.price_name())} if self.conditioned else {}
        return price | {"threshold": threshold}
