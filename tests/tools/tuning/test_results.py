"""What a search writes down: the best, and the picture."""

import json
from types import SimpleNamespace

import pytest
from matplotlib.colors import to_hex

from keras_models import presets
from tests.tools.canvas import lines, names, painted
from tools.reporting import figures
from tools.tuning import results
from tools.tuning.options import SearchOptions


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
    options = SearchOptions("network", "some/found $a_$.json", "area")
    results.draw(ROWS, options, 0.01, tmp_path / "search.png")
    assert dots == [([2.0, 3.0], [50.0, 40.0]), ([4.0], [80.0]), ([4.0], [80.0])]
    assert steps == [([2.0, 4.0, 4.0], [50.0, 80.0, 80.0])] and texts == [(r"network of found \$a_\$; 1 failed",)]
    assert (tmp_path / "search.png").read_bytes()[1:4] == b"PNG"


ROWS = [
    {"status": "COMPLETED", "epochs": 1, "objective": 50.0, "accuracy": 0.5, "cost": 2e6},
    {"status": "COMPLETED", "epochs": 1, "objective": 40.0, "accuracy": 0.4, "cost": 3e6},
    {"status": "COMPLETED", "epochs": 3, "objective": 80.0, "accuracy": 0.8, "cost": 4e6},
    {"status": "FAILED", "epochs": 3, "message": "no reason"},
]


def trial(number, status, epochs, message=None, score=None):
    values = {"rate": 0.5, "tuner/epochs": epochs, "tuner/bracket": 1}
    told = {"trial_id": f"{number:04d}", "status": status, "score": score, "message": message}
    return SimpleNamespace(**told, hyperparameters=SimpleNamespace(values=values))


@pytest.fixture
def oracle(tmp_path):
    """What a search knows: a trial that was completed, one that failed, and one that runs, started in another order."""
    known = [
        trial(0, "FAILED", 1, "Traceback\n  File x\nRuntimeError: no memory\n"),
        trial(1, "RUNNING", 1),
        trial(2, "COMPLETED", 3, score=80.0),
    ]
    (tmp_path / "0002.json").write_text(json.dumps(RESULT))
    return SimpleNamespace(
        trials={one.trial_id: one for one in known},
        start_order=["0002", "0000", "0001"],
        result_file=lambda name: tmp_path / f"{name}.json",
    )


SHORT = {"epochs": 1, "values": {"rate": 0.5}}
RESULT = {"benefit": 80.0, "area": 75.126, "accuracy": 0.8256, "cost": 1.25e6, "macs": 4e6, "points": []}


def test_every_trial_in_the_order_of_their_start(oracle):
    """Hyperband's own values are left out; a failure keeps the last line; only a completed one has results."""
    assert results.rows(oracle) == [
        {"trial": "0002", "status": "COMPLETED", "epochs": 3, "values": {"rate": 0.5}, "objective": 80.0, **RESULT},
        {"trial": "0000", "status": "FAILED", **SHORT, "message": "RuntimeError: no memory"},
        {"trial": "0001", "status": "RUNNING", **SHORT},
    ]


class Trials:
    """Of a search around a preset of digits; a trial's value is the decay of its weights."""

    def __init__(self, search="network", source="presets/my own.json"):
        self.options, self.judged = SearchOptions(search, source), 1200
        self.judge = SimpleNamespace(operating_price=0.01)

    def preset(self, values, epochs):
        made = {name: presets.get("epnet_digits")[name] for name in ("family", "task", "arguments", "stages")}
        first = made["stages"]["classifiers"] | {"weight_decay": values["rate"], "epochs": epochs}
        return made | {"stages": made["stages"] | {"classifiers": first}}


@pytest.mark.parametrize(
    ("search", "source", "around"),
    [("network", "presets/my own.json", "preset my own"), ("controllers", "runs/digits", "run digits")],
)
def test_the_best_preset_tells_where_it_was_found_and_what_to_expect(oracle, search, source, around):
    (row, *_) = results.rows(oracle)
    made = results.best_preset(row, Trials(search, source), "python tools/tune.py")
    assert made["source"] == f"found around the {around} by `python tools/tune.py`"
    assert made["expected"] == (
        "on 1,200 held-out images 82.56% at 1.25 M of 4 M multiply-adds, benefit 80.00, area 75.13, "
        "after 3 epochs in the search"
    )
    assert made["stages"]["classifiers"]["weight_decay"] == 0.5
    presets.check(made)


def test_a_search_is_written_as_it_stands(oracle, tmp_path):
    folder = tmp_path / "search"
    folder.mkdir()
    found = results.write(folder, oracle, Trials(), "python tools/tune.py")
    assert json.loads((folder / "trials.json").read_text()) == found["trials"] == results.rows(oracle)
    assert presets.get(str(folder / "best.json")) == found["preset"] and found["best"] == found["trials"][0]
    assert (folder / "search.png").read_bytes()[1:4] == b"PNG"
    assert {file.name for file in folder.iterdir()} == {"trials.json", "best.json", "search.png"}, "no drafts are left"


def test_a_search_whose_trials_all_failed_has_no_best(oracle, tmp_path):
    oracle.start_order = ["0000"]
    found = results.write(tmp_path, oracle, Trials(), "python tools/tune.py")
    assert found["best"] is None and found["preset"] is None
    assert not (tmp_path / "best.json").exists() and not (tmp_path / "search.png").exists()
    assert json.loads((tmp_path / "trials.json").read_text())[0]["status"] == "FAILED"


def test_the_legend_counts_epochs_and_the_more_of_them_the_stronger_the_dots():
    options = SearchOptions("controllers", "runs/digits")
    figure = painted(results.draw, ROWS, options, 0.01, "not written")
    (axis,), (legend,) = figure.axes, figure.legends
    assert names(legend) == ["best for its cost", "trial of 1 epoch", "trial of 3 epochs", "best benefit, 80.00"]
    few, many, star = axis.collections
    assert [len(dots.get_offsets()) for dots in (few, many, star)] == [2, 1, 1]
    assert to_hex(few.get_facecolor()[0]) == figures.ramp(1 / 2) and to_hex(many.get_facecolor()[0]) == figures.ramp(1)
    assert axis.get_xlabel() == "million multiply-adds an image, mean at a price of 0.01"


def test_one_trial_is_a_picture_as_well():
    (axis,) = painted(results.draw, ROWS[:1], SearchOptions("network", "tiny"), 0.5, "not written").axes
    assert axis.get_title("left") == "network of tiny", "nothing failed, nothing is said of it"
    assert lines(axis) == {"best for its cost": ([2.0, 2.0], [50.0, 50.0])}


def test_trials_that_are_alike_have_the_first_as_their_best():
    rows = [ROWS[0] | {"trial": name} for name in ("0000", "0001")]
    assert results.best(rows)["trial"] == "0000"
    (axis,) = painted(results.draw, rows, SearchOptions("network", "tiny"), 0.5, "not written").axes
    low, high = axis.get_xlim()
    assert low < 2.0 < high
