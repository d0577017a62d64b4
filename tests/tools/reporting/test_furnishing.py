"""What stands beside a bundle, by hand: samples, the cheapest static network as accurate, memory in words."""

import numpy as np
import pytest

from tools import console
from tools.reporting import furnishing, held_memory
from tools.reporting.samples import Samples


def data_of(count, seed=0):
    labels = np.random.default_rng(seed).integers(0, 3, count)
    return Samples("none", "held_out", np.zeros((count, 2, 2, 1), np.uint8), labels, None, (), np.arange(count))


def test_samples_cost_at_every_point_what_all_do():
    costs = np.array([[1.0, 1.0]] * 60 + [[1.0, 9.0]] * 30 + [[5.0, 9.0]] * 10)
    rows = furnishing.choose(costs, data_of(100), 50)
    assert costs[rows].mean(axis=0) == pytest.approx([1.4, 4.2])
    with pytest.raises(console.UserError, match=r"expected samples that cost within 3% of \[1.0, 4.0\] multiply-adds"):
        furnishing.choose(costs[:, :] * [0, 1] + [1, -0.2], data_of(100), 1)


def test_the_cheapest_that_is_as_accurate():
    rows = [{"name": name, "accuracy": a, "macs": m} for name, a, m in (("a", 0.5, 1), ("b", 0.9, 2), ("c", 0.8, 3))]
    assert furnishing.as_accurate(rows, 0.6)["name"] == "b"
    assert furnishing.as_accurate(rows, 0.5)["name"] == "a"
    assert furnishing.as_accurate(rows, 0.95) is None


def test_memory_in_words():
    held = {"all_parts": 3000, "reached": {"point": "saver", "parts": 2, "kib": 900}, "static": 1500}
    told = held_memory.sentence(held)
    assert told.startswith("3,000 KiB once all parts have run; 900 KiB at the point saver")
    assert "the static network 1,500 KiB (2.00 and 0.60 times that)" in told
    told = held_memory.sentence(held | {"one_file": 2500})
    assert told.startswith("3,000 KiB once all parts have run (2,500 KiB as signatures of one file); 900 KiB")
