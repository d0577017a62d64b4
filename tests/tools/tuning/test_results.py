"""What a search writes down: the best, and the picture."""

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
