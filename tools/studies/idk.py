"""IDK cascades of two members by the rules of the source: its table 4.2, from a finished run.

Wang, UCB/EECS-2020-236, chapter 4. Rules are fitted on the run's validation images, chosen on its held-out ones, where
a target is met, and told of its test images. Everything is computed from what the members answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from keras_models import datasets
from keras_models.functional import deferral, thresholds
from tools.pipeline import observed, runs
from tools.reporting.table import Table

TARGETS = (0.0, 0.1, 0.2, 0.35)  # points of accuracy below the last member's
PROBABILITY, ENTROPY, COST = "Prob+Grid", "Ent+Grid", "Ent+Cost"
ORACLE, OBLIVIOUS, OBLIVIOUS_NETWORK = "Oracle", "Cost-oblivious", "Cost-oblivious, network"
WIDTHS = (1024, 1024, 512, 512, 128, 64)  # of the network that sees the whole distribution; the output is its seventh
FAST, ACCURATE = "First member alone", "Last member alone"
HEADER = ("Type", "Target %", "Accuracy %", "IDK %", "Mean multiply-adds", "Relative cost")

# Table 4.2 as printed, DLA-48-B-s and then ResNet18: type, target, accuracy, IDK rate (percent), FLOPs, relative cost.
PRINTED = (
    (PROBABILITY, 95.26, 95.23, 67.5, 4.198e7, 1.135),
    (ENTROPY, 95.26, 95.23, 51.7, 3.613e7, 0.977),
    (COST, 95.26, 95.22, 48.9, 3.509e7, 0.949),
    (ENTROPY, 95.16, 95.16, 40.1, 3.184e7, 0.861),
    (COST, 95.16, 95.16, 40.0, 3.179e7, 0.859),
    (PROBABILITY, 95.05, 95.07, 36.5, 3.051e7, 0.824),
    (ENTROPY, 95.05, 95.06, 33.7, 2.947e7, 0.796),
    (COST, 95.05, 95.05, 32.8, 2.915e7, 0.788),
    (PROBABILITY, 94.90, 94.89, 29.9, 2.806e7, 0.759),
    (ENTROPY, 94.90, 94.91, 30.6, 2.832e7, 0.766),
    (COST, 94.90, 94.91, 30.5, 2.827e7, 0.764),
)


@dataclass(frozen=True)
class Split:
    """What two members answered to the images of a split.

    Attributes:
        logits: `[samples, 2, classes]`.
        labels: `[samples]`.
    """

    logits: np.ndarray
    labels: np.ndarray

    @cached_property
    def errors(self) -> np.ndarray:
        """Whether each answer is wrong, float64 `[samples, 2]`."""
        return (self.logits.argmax(-1) != self.labels[:, None]).astype(float)

    @cached_property
    def largest(self) -> np.ndarray:
        """Largest probability of the first member, `[samples]`."""
        return deferral.probabilities(self.logits[:, 0]).max(-1)

    @cached_property
    def entropies(self) -> np.ndarray:
        """Entropy of the first member's answer in nats, `[samples]`."""
        return deferral.entropy(self.logits[:, 0])

    def harden(self, defers, costs) -> deferral.Hardened:
        """What a cascade by these decisions `[samples]` reaches."""
        return deferral.harden(np.asarray(defers)[:, None], self.errors, costs)


Rule = Callable[[Split], np.ndarray]


def table(run: runs.Run, epochs: int = 0) -> list[dict]:
    """Rows in the form of table 4.2, with both members alone, the oracle and the classifier without costs.

    Args:
        run: finished.
        epochs: of the classifier without costs that sees all probabilities (section 4.1's network); 0 leaves it out.

    Returns:
        Rows of `type`, `target`, `accuracy`, `idk` (percent), `macs` (mean multiply-adds) and `relative` (to the last
        member's); `target` is None where a rule has none.

    Raises:
        ValueError: the run is no cascade of two members.
    """
    network, task = runs.load_model(run), datasets.get(run.config["task"])
    values = [observed.load(run, network, task, split) for split in ("validation", "held_out", "test")]
    if run.config["family"] != "cascade" or sum(name.startswith("logits_") for name in values[0]) != 2:
        raise ValueError(f"{run.folder}: expected a cascade of two members, received another network")
    splits = [Split(np.stack([v["logits_1"], v["logits_2"]], axis=1), v["labels"]) for v in values]
    return rows(*splits, np.diff(network.exit_costs(), prepend=0.0), epochs)


def rows(fitting: Split, held_out: Split, test: Split, costs, epochs: int = 0) -> list[dict]:
    """The rows of `table`.

    Args:
        fitting: that rules are fitted on.
        held_out: that they are chosen on.
        test: that they are judged on.
        costs: `[2]`, multiply-adds of both members.
        epochs: as for `table`.
    """
    rules = {PROBABILITY: probability_rules(fitting), ENTROPY: entropy_rules(fitting), COST: cost_rules(fitting, costs)}
    found = []
    for points in TARGETS:
        for name, candidates in rules.items():
            rule = cheapest(candidates, held_out, points / 100)
            target = 100 * (1 - test.errors[:, 1].mean()) - points
            found.append(_row(name, target, test.harden(rule(test), costs), costs))
    weight, bias = deferral.fit_cost_oblivious(fitting.entropies, fitting.errors[:, 0])
    decisions = {
        ORACLE: deferral.oracle(test.errors)[:, 0],
        OBLIVIOUS: deferral.logistic(test.entropies, weight, bias) > 0.5,
        FAST: np.zeros(len(test.labels), bool),
    }
    if epochs:
        decisions[OBLIVIOUS_NETWORK] = network_decisions(fitting, test, epochs)
    found += [_row(name, None, test.harden(defers, costs), costs) for name, defers in decisions.items()]
    alone = deferral.Hardened(1 - test.errors[:, 1].mean(), np.ones(1), float(costs[1]))
    return [*found, _row(ACCURATE, None, alone, costs)]


def probability_rules(fitting: Split) -> list[Rule]:
    """A grid of thresholds on the largest probability: equation 4.3."""
    limits = thresholds.spread_thresholds(fitting.largest, deferral.GRID)
    return [lambda split, alpha=alpha: deferral.defers_by_probability(split.largest, alpha) for alpha in limits]


def entropy_rules(fitting: Split) -> list[Rule]:
    """A grid of thresholds on the entropy: equation 4.4."""
    limits = -thresholds.spread_thresholds(-fitting.entropies, deferral.GRID)
    return [lambda split, alpha=alpha: deferral.defers_by_entropy(split.entropies, alpha) for alpha in limits]


def cost_rules(fitting: Split, costs) -> list[Rule]:
    """A logistic of the entropy for each of a sweep of prices: equations 4.5 and 4.12 to 4.14."""
    from keras_models.policies.deferral import PRICES, member_costs

    own, found = member_costs(np.cumsum(costs)), []
    for price in PRICES:
        weight, bias = deferral.fit_logistic(fitting.entropies[:, None], fitting.errors, own, price)
        found.append(lambda split, w=weight[0], b=bias[0]: deferral.logistic(split.entropies, w, b) > 0.5)
    return found


def network_decisions(fitting: Split, test: Split, epochs: int, widths=WIDTHS) -> np.ndarray:
    """Whether "the first member is wrong" is likelier than not by a network that sees its probabilities, `[samples]`.

    Fully connected layers with normalisation and ReLU, by SGD with momentum on the cross-entropy: without costs.

    Args:
        fitting, test: as for `rows`.
        epochs: on the images of `fitting`, in batches of 128.
        widths: of the hidden layers.
    """
    import keras

    keras.utils.set_random_seed(0)
    layers = [keras.Input((fitting.logits.shape[-1],))]
    for width in widths:
        layers += [
            keras.layers.Dense(width, use_bias=False, kernel_initializer="he_normal"),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
        ]
    network = keras.Sequential([*layers, keras.layers.Dense(1)])
    network.compile(keras.optimizers.SGD(0.01, momentum=0.9), keras.losses.BinaryCrossentropy(from_logits=True))
    seen, asked = (deferral.probabilities(split.logits[:, 0]) for split in (fitting, test))
    network.fit(seen, fitting.errors[:, :1], batch_size=128, epochs=epochs, verbose=0)
    return network.predict(asked, verbose=0)[:, 0] > 0


def cheapest(rules: Sequence[Rule], held_out: Split, allowed: float) -> Rule:
    """The rule with the lowest rate of going on that loses at most `allowed` (0..1) of the last member's accuracy.

    Where none does, everything goes on.
    """
    wanted = 1 - held_out.errors[:, 1].mean() - allowed - 1e-9
    reached = [(held_out.harden(rule(held_out), (0.0, 1.0)), rule) for rule in rules]
    enough = [(hardened.idk[0], rule) for hardened, rule in reached if hardened.accuracy >= wanted]
    if not enough:
        return lambda split: np.ones(len(split.labels), bool)
    return min(enough, key=lambda pair: pair[0])[1]


def _row(name: str, target: float | None, reached: deferral.Hardened, costs) -> dict:
    return {
        "type": name,
        "target": None if target is None else float(target),
        "accuracy": float(100 * reached.accuracy),
        "idk": float(100 * reached.idk[0]),
        "macs": float(reached.cost),
        "relative": float(reached.cost / costs[1]),
    }


def write(run: runs.Run, found: Sequence[dict]) -> None:
    """The numbers as RUN/idk.json."""
    run.write("idk.json", {"source": "Wang, UCB/EECS-2020-236, table 4.2", "rows": list(found)})


def page(found: Sequence[dict], title: str = "IDK cascade") -> list[str]:
    """The rows as lines of Markdown, and the printed table below them."""
    cells = [
        (
            row["type"],
            "" if row["target"] is None else f"{row['target']:.2f}",
            f"{row['accuracy']:.2f}",
            f"{row['idk']:.1f}",
            f"{row['macs'] / 1e6:.2f} M",
            f"{row['relative']:.3f}",
        )
        for row in found
    ]
    printed = [
        (name, f"{target:.2f}", f"{accuracy:.2f}", f"{idk:.1f}", f"{macs / 1e6:.2f} M", f"{relative:.3f}")
        for name, target, accuracy, idk, macs, relative in PRINTED
    ]
    return [
        f"# {title}",
        "",
        "Rules are fitted on validation images, chosen on held-out ones where the target is met, and judged on test "
        "images. Relative is to the last member; a cascade that goes on has paid for both.",
        "",
        Table(HEADER, cells).markdown(),
        "",
        "Table 4.2 as printed (DLA-48-B-s, then ResNet18, on CIFAR-10):",
        "",
        Table(HEADER, printed).markdown(),
    ]
