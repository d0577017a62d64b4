"""Rows of a benchmark, as if they had been measured."""

from tflite.baselines import FULL_DEPTH, STATIC
from tflite.bundle import manifest as m


def ratio(value):
    return {key: {"median": value, "low": value, "high": value} for key in ("p50", "mean")}


def measured_rows():
    """The static network is right in 97.6 %, the points in 96.9, 97.15 and 97.5 %."""
    shared = {"p50": 1.0, "p90": 1.0, "p99": 1.0}
    return [
        {"name": "chain, fast", "accuracy": 0.969, "mean": 0.3, "to_static": ratio(0.3), **shared},
        {"name": "chain, balanced", "accuracy": 0.9715, "mean": 0.5, "to_static": ratio(0.5), **shared},
        {"name": "chain, exact", "accuracy": 0.975, "mean": 0.7, "to_static": ratio(0.7), **shared},
        {"name": FULL_DEPTH, "accuracy": 0.976, "mean": 0.1, "to_static": ratio(0.1), **shared},
        {"name": STATIC, "accuracy": 0.976, "mean": 1.0, "to_static": ratio(1.0), **shared},
    ]


def measured_points():
    """Operating points as a bundle has them: on its own images the accuracies are others than where they are timed."""
    known = {"fast": (0.94, 1.0), "balanced": (0.966, 2.0), "exact": (0.968, 3.0), "full": (0.97, 4.0)}
    return [
        m.OperatingPoint(name=name, parameters={}, accuracy=accuracy, costs={"macs": macs}, samples=100)
        for name, (accuracy, macs) in known.items()
    ]
