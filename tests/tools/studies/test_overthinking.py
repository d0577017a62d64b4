"""What a study of overthinking tells of outcomes that can be worked out on paper, as rows, page and pictures."""

from types import SimpleNamespace

import numpy as np
import pytest

from tools.studies import overthinking, overthinking_figures, overthinking_pages
from tools.studies.exit_outcomes import ExitOutcomes

RIGHT = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 1], [0, 0, 0]], bool)
SURE = np.array([[0.9, 0.9, 0.9], [0.8, 0.6, 0.9], [0.7, 0.8, 0.6], [0.6, 0.6, 0.7], [0.6, 0.7, 0.8]])
COSTS, KINDS = np.array([1e6, 2e6, 4e6]), np.array([0, 0, 0, 1, 1])
IMAGES = np.random.default_rng(0).integers(0, 255, (5, 4, 4, 1)).astype(np.uint8)


def outcomes(name="one", right=RIGHT):
    """Of two classes, truth 0: right answers have the confidence for class 0."""
    first = np.where(right, SURE, 1 - SURE)
    return ExitOutcomes(
        name, np.stack([first, 1 - first], -1), np.zeros(5, int), COSTS, ("a", "b", "c"), KINDS, ("easy", "hard"),
        np.arange(5),
    )  # fmt: skip


class Source:
    """Whose outcomes are the same on every split."""

    network, task_name = None, "five"

    def __init__(self, found):
        self._found = found
        self.task = SimpleNamespace(
            load=lambda split: (IMAGES, np.zeros(5, int), KINDS),
            sources=lambda split: None,
            group_names=("easy", "hard"),
        )

    def outcomes(self, split, limit):
        return self._found


@pytest.fixture(scope="module")
def found():
    other = outcomes("other", RIGHT[[1, 0, 2, 3, 4]])
    sources = [Source(outcomes()), Source(other)]
    return overthinking.study(sources, overthinking.Options(scales=(1.0, 1e6)), "python tools/overthinking.py five")


def test_rates_and_bounds_of_a_network(found):
    one = found["networks"][0]
    assert one["rates"] == {"any": 0.4, "final": 0.2, "wasteful": 0.4, "union": 0.8}
    assert one["errors"]["final"] == pytest.approx(np.sqrt(0.2 * 0.8 / 4))
    assert [row["accuracy"] for row in one["exits"]] == pytest.approx([0.6, 0.4, 0.6])
    assert [row["newly_correct"] for row in one["exits"]] == pytest.approx([0.6, 0, 0.2])
    assert one["oracle"] == pytest.approx({"accuracy": 0.8, "cost": 7e6 / 5})
    assert one["realistic_bound"] == pytest.approx({"accuracy": 0.8, "cost": 11e6 / 5})
    assert one["budgeted_batch"][-1]["cost"] <= COSTS[-1]


def test_kinds_are_told_apart(found):
    kinds = found["networks"][0]["kinds"]
    assert kinds["easy"]["accuracy"] == pytest.approx([1, 2 / 3, 2 / 3])
    assert kinds["hard"] == {
        "samples": 2, "accuracy": [0, 0, 0.5], "rates": {"any": 0, "final": 0, "wasteful": 0, "union": 0.5}
    }  # fmt: skip


def test_two_networks_overthink_images_of_which_one_is_the_same(found):
    """The second and third of one, the first and third of the other: one of three."""
    (row,) = found["overlaps"]
    assert (row["one"], row["other"]) == ("one", "other") and row["jaccard"] == pytest.approx(1 / 3)


def test_labels_by_rule_and_scale(found):
    rows = {(r["rule"], r["scale"]): r for r in found["which_exit"] if r["split"] == "test" and not r["auto"]}
    assert rows["first_correct", None]["labels"] == [3, 0, 1] and rows["first_correct", None]["dropped"] == 1
    # At lambda 1 cheapness is worth 1, .5 and .25; at 1e6 nothing: equal ones, .8 < .9, .7 < .8, the only one.
    assert rows["score", 1.0]["labels"] == [3, 0, 1] and rows["score", 1e6]["labels"] == [1, 1, 2]
    assert rows["score", 1e6]["kinds"] == {"easy": [1, 1, 1], "hard": [0, 0, 1]}
    assert rows["binary", 1e6]["labels"] == [2, 0, 2] and rows["binary", 1e6]["dropped"] == 1


def test_the_page_says_what_was_found(found):
    text = overthinking_pages.text(found)
    assert "40.00 (24.49)" in text and "python tools/overthinking.py five" in text
    assert "Of the last exit" not in text and "## one" in text and "## other" in text


def test_every_figure_is_drawn_from_the_rows(found, tmp_path):
    drawn = overthinking_figures.figures(found)
    assert set(drawn) == {
        "cost", "ranks", "labels_by_scale", "labels_by_split", "clutter", "kinds", "labels_by_kind"
    }  # fmt: skip
    for word, (shows, draw) in drawn.items():
        draw(tmp_path / f"{word}.png")
        assert shows and (tmp_path / f"{word}.png").stat().st_size > 2_000


def test_a_router_is_told_beside_guesses(found, tmp_path):
    judged = {
        "samples": 4, "accuracy": 0.75, "balanced": 0.7, "random": 0.5, "majority": 0.5, "learned": True,
        "by_label": [0.5, 1.0], "shares": [0.5, 0.5], "confusion": [[1, 1], [0, 2]],
    }  # fmt: skip
    router = {"name": "router", "exits": ["a", "c"], "judged": judged, "kinds": {"easy": judged}}
    router |= {"accuracy": 0.6, "cost": 3e6, "first": 0.6, "last": 0.5}
    told = found | {"routers": [router]}
    text = overthinking_pages.text(told)
    assert "its 75.00 % are more than both" in text and "60.00 % of all images are answered right at 3 M" in text
    _, draw = overthinking_figures.figures(told)["routers"]
    draw(tmp_path / "routers.png")
    assert (tmp_path / "routers.png").stat().st_size > 2_000
