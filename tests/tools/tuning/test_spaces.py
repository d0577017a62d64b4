"""What a search may choose, and what its objectives say, by hand."""

import keras_tuner
import numpy as np
import pytest

from keras_models import presets
from tools.tuning import judging, results, spaces

PRESET = {
    "arguments": {"filters": (32,) * 4 + (64,) * 2, "head_hidden": (48,), "ranked": True},
    "training": {"epochs": 12, "batch_size": 128, "peak_learning_rate": 0.5, "weight_decay": 2e-4},
}


def test_stages_are_runs_of_one_width():
    assert spaces.stages((32,) * 4 + (64,) * 2) == [(32, 2), (64, 1)]


@pytest.mark.parametrize(
    ("width", "blocks", "expected"),
    [
        (1.0, (2, 1), (30,) * 4 + (64,) * 2),  # as it was, multiple of four or not
        (0.5, (1, 3), (16,) * 2 + (32,) * 6),  # 15 is rounded to 16
        (1.5, (1, 1), (44,) * 2 + (96,) * 2),  # 45 to 44
        (0.01, (1, 1), (4,) * 2 + (8,) * 2),  # neighbours stay different
    ],
)
def test_widths_and_depths(width, blocks, expected):
    assert spaces.filters([(30, 2), (64, 1)], width, blocks) == expected


def test_the_defaults_of_a_network_are_the_preset():
    space = spaces.network(PRESET)
    values = {parameter.name: parameter.default for parameter in space.space}
    assert set(values) == {"width", "blocks_1", "blocks_2", "head_hidden", "peak_learning_rate", "weight_decay"}
    assert spaces.network_choice(PRESET, values) == (PRESET["arguments"], PRESET["training"])
    # What the preset has beyond what is usual can be chosen as well.
    known = {p.name: p.values for p in space.space if isinstance(p, keras_tuner.engine.hyperparameters.Choice)}
    assert known["head_hidden"][-1] == "48" and known["weight_decay"] == [0.0, 1e-4, 2e-4, 5e-4, 1e-3]
    assert max(p.max_value for p in space.space if p.name == "peak_learning_rate") == 0.5


def test_no_weight_decay_is_left_out():
    values = {"width": 1.0, "blocks_1": 2, "blocks_2": 1, "head_hidden": "none"}
    values |= {"peak_learning_rate": 0.1, "weight_decay": 0.0}
    arguments, training = spaces.network_choice(PRESET, values)
    assert training == {"epochs": 12, "batch_size": 128, "peak_learning_rate": 0.1}
    assert arguments == {"filters": (32,) * 4 + (64,) * 2, "head_hidden": (), "ranked": True}
    assert PRESET["training"]["weight_decay"] == 2e-4  # the preset itself is left as it was


def test_the_smallest_network():
    least = spaces.smallest(spaces.network(PRESET))
    arguments, _ = spaces.network_choice(PRESET, least)
    assert arguments["filters"] == (8, 8, 16, 16) and arguments["head_hidden"] == ()


def test_the_trunk_by_hand_and_as_the_network_counts_it():
    # 5 x 5 becomes 3 x 3: 9 (9 * 1 * 4 + 9 * 4 * 4 + 1 * 4); then 2 x 2: 4 (9 * 4 * 8 + 9 * 8 * 8 + 4 * 8).
    assert spaces.trunk_macs((5, 5, 1), (4, 4, 8, 8)) == 9 * 184 + 4 * 896
    from keras_models.epnet import EPNet

    network = EPNet((13, 12, 3), 4, filters=(4,) * 4 + (8,) * 2)
    counted = sum(cost.conv_macs for name, cost in network.part_costs.items() if name.startswith("trunk_"))
    assert spaces.trunk_macs((13, 12, 3), (4,) * 4 + (8,) * 2) == counted


@pytest.mark.parametrize("name", presets.PRESETS)
def test_every_preset_can_be_searched_around(name):
    preset = presets.get(name)
    values = {parameter.name: parameter.default for parameter in spaces.network(preset).space}
    arguments, training = spaces.network_choice(preset, values)
    assert training == preset["training"]
    assert arguments == {"head_hidden": ()} | preset["arguments"]


def test_the_defaults_of_controllers_are_the_runs():
    policy = {"epochs": 20, "views": 4, "warm_up": 1, "kappa_weighting": 0.4, "exits": "all"}
    space = spaces.controllers({"filters": (4, 4), "controller_in": [7, 3]}, policy)
    values = {parameter.name: parameter.default for parameter in space.space}
    arguments, chosen = spaces.controller_choice(values)
    assert arguments == {"controller_in": (7, 3), "controller_cat": (10, 10)}
    assert chosen == {"learning_rate": 0.01, "dropout": 0.02, "warm_up": 1.0, "kappa_weighting": 0.4}


def test_area_by_hand():
    # The best for its cost: half right from 2 on, .9 from 6 on; 7 for .8 is beaten. From 1 to 11: 0, 4 * .5 and 5 * .9.
    points = [{"cost": 6, "accuracy": 0.9}, {"cost": 2, "accuracy": 0.5}, {"cost": 7, "accuracy": 0.8}]
    assert judging.area(points, 1, 11) == pytest.approx(100 * (4 * 0.5 + 5 * 0.9) / 10)


class Network:
    """Two exits of 100 and 400 multiply-adds, and controllers that stop where kappa is at least .03."""

    exits = 2

    def exit_costs(self):
        return np.array([100.0, 400.0])

    def stop_logits(self, features, logits, kappa):
        return np.where(kappa >= 0.03, 5.0, -5.0)


def test_the_judge_by_hand():
    logits = np.eye(2)[[[0, 1], [1, 1], [1, 0], [0, 1]]]  # the first exit is right twice, the second thrice
    inputs = {"logits": logits, "features_1": np.zeros((4, 1)), "labels": np.ones(4, int)}
    judge = judging.Judge("benefit", (0.01, 0.02, 0.05), 50.0, (100.0, 500.0))
    assert judge.operating_kappa == 0.02 and judge.prices(Network()).tolist() == [2.0, 8.0]
    result = judge(Network(), inputs)
    assert (result["accuracy"], result["cost"], result["macs"]) == (0.75, 400.0, 400.0)
    # 75 - 100 * 8 kappa at .01 and .02, where all go on, and 50 - 100 * 2 kappa at .05, where all leave.
    assert result["benefit"] == pytest.approx((67 + 59 + 40) / 3)
    # One half from 100 to 400, three quarters from 400 to 500.
    assert result["area"] == pytest.approx(100 * (3 * 0.5 + 0.75) / 4)


def test_the_best_is_among_those_of_the_most_epochs():
    rows = [
        {"status": "COMPLETED", "epochs": 3, "objective": 90.0, "trial": "0000"},
        {"status": "COMPLETED", "epochs": 9, "objective": 80.0, "trial": "0001"},
        {"status": "COMPLETED", "epochs": 9, "objective": 85.0, "trial": "0002"},
        {"status": "FAILED", "epochs": 9, "trial": "0003"},
    ]
    assert results.best(rows)["trial"] == "0002"
    assert results.best(rows[3:]) is None


def test_the_picture_shows_every_trial_the_front_and_the_best(tmp_path, monkeypatch):
    """Cheaper and better ones make the front; the failed one has no dot but is told."""
    from matplotlib.axes import Axes

    dots, steps, texts = [], [], []
    for name, kept in (("scatter", dots), ("step", steps), ("set_title", texts)):
        draw = getattr(Axes, name)

        def spy(axes, *given, draw=draw, kept=kept, **style):
            kept.append(given)
            return draw(axes, *given, **style)

        monkeypatch.setattr(Axes, name, spy)
    results.draw(ROWS, {"title": "search", "kappa": 0.01, "objective": "area"}, tmp_path / "search.png")
    assert dots == [([2.0, 3.0], [50.0, 40.0]), ([4.0], [80.0]), ([4.0], [80.0])]
    assert steps == [([2.0, 4.0, 4.0], [50.0, 80.0, 80.0])] and texts == [("search; 1 failed",)]
    assert (tmp_path / "search.png").read_bytes()[1:4] == b"PNG"


ROWS = [
    {"status": "COMPLETED", "epochs": 1, "objective": 50.0, "accuracy": 0.5, "cost": 2e6},
    {"status": "COMPLETED", "epochs": 1, "objective": 40.0, "accuracy": 0.4, "cost": 3e6},
    {"status": "COMPLETED", "epochs": 3, "objective": 80.0, "accuracy": 0.8, "cost": 4e6},
    {"status": "FAILED", "epochs": 3, "message": "no reason"},
]
