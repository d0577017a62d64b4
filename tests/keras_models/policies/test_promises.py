"""What operating points promise, over many divisions of recorded outcomes into images to fit, choose and test on.

recorded/composites.npz: four exits of `epnet_max_min_quarter` after two epochs (seed 0), in float, on 20,400 composites
of 5,100 digits; right, one bit an exit; sure, sixteen times minus the logarithm of one less the largest probability;
sources, the digits of each. recorded/pictures.npz: five exits of `epnet_cifar10_stem` at a third of its width after
four epochs, on CIFAR-10's 10,000 test pictures. No two groups below have a source in common.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from keras_models.functional.evaluation import source_pairs
from keras_models.functional.thresholds import first_exits, spread_thresholds
from keras_models.policies import operating_points
from keras_models.policies.operating_points import FULL, TOLERANCES, Grid, Measured

FOLDER = Path(__file__).parent / "recorded"
TRIALS, FEWER = 150, 30


class Recorded:
    """A sweep over recorded outcomes; leaving at exit i costs i."""

    def __init__(self, right, sure):
        self.right, self.sure = right, sure

    def seen(self, kept=None):
        return self

    def measure(self, settings, kept=None):
        rows, found = np.arange(len(self.right)), []
        for setting in settings:
            ends = first_exits(self.sure, setting["threshold"])
            found.append(Measured(setting, self.right[rows, ends], ends + 1.0, ends))
        return found


class Shared:
    """One threshold for all exits, any of those that were seen."""

    fixed, chain = False, SimpleNamespace(full_depth=lambda: {"threshold": np.inf})

    def candidates(self, seen, stride=1):
        return [{"threshold": limit} for limit in spread_thresholds(seen.sure, 40)]


def outcomes(name):
    """(right bool `[n, exits]`, sure `[n, exits - 1]`, sources `[n, most]`) as they were recorded."""
    with np.load(FOLDER / f"{name}.npz") as kept:
        exits = kept["sure"].shape[1] + 1
        right = np.unpackbits(kept["right"][:, None], axis=1)[:, :exits].astype(bool)
        sources = kept["sources"].astype(int) if "sources" in kept else np.arange(len(right))[:, None]
        return right, kept["sure"].astype(float), sources


def divisions(sources, shares, trials):
    """Yields rows of three groups, to fit, choose and test on; every source is in one of them."""
    for trial in range(trials):
        own = np.random.default_rng(trial).choice(3, int(sources.max()) + 1, p=shares)
        groups = np.where(sources >= 0, own[sources], -1)
        yield [np.flatnonzero(((groups == g) | (groups < 0)).all(1)) for g in range(3)]


def kept_promises(name, shares, trials):
    """Which points keep on test what they promise: a list of truth values; and their mean share of full depth."""
    right, sure, sources = outcomes(name)
    kept, costs = [], []
    for fit, choose, test in divisions(sources, shares, trials):
        fitting, held_out, judged = (Recorded(right[rows], sure[rows]) for rows in (fit, choose, test))
        grid = Grid(held_out, Shared(), fitting=fitting, pairs=source_pairs(sources[choose]), others=len(test))
        for point, setting in grid.solve().items():
            if point != FULL:
                (measured,) = judged.measure([setting.parameters])
                lost = right[test, -1].mean() - measured.accuracy
                kept.append(100 * lost <= TOLERANCES[point])
                costs.append(np.mean(measured.costs) / right.shape[1])
    return kept, float(np.mean(costs))


@pytest.mark.parametrize(("name", "shares"), [("composites", (0.3, 0.35, 0.35)), ("pictures", (0.2, 0.25, 0.55))])
def test_nineteen_of_twenty_points_keep_their_promise_on_other_images(name, shares, monkeypatch):
    """And they save all the same; without a margin far fewer would."""
    kept, cost = kept_promises(name, shares, TRIALS)
    assert len(kept) > 2 * TRIALS and np.mean(kept) >= 0.95
    assert cost < 0.95
    monkeypatch.setattr(operating_points, "MARGIN", 0.0)
    careless, _ = kept_promises(name, shares, FEWER)
    assert np.mean(careless) < 0.8
