"""Accuracy, exits, costs and latencies of a chain on labelled images."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass

import numpy as np

from ..errors import ChainError


@dataclass(frozen=True, slots=True)
class Summary:
    """What a set of results amounts to.

    Attributes:
        samples: number of images.
        accuracy: share of right labels.
        exits: exit name -> share of the images that left there, in the order of the program's first use.
        exit_accuracy: exit name -> share of right labels among those.
        reasons: reason -> share.
        paths: "part > part" -> share.
        macs: mean multiply-adds an image.
        costs: mean cost an image, by unit.
        latency_ms: mean, p50, p90 and p99 of the elapsed time.
    """

    samples: int
    accuracy: float
    exits: dict
    exit_accuracy: dict
    reasons: dict
    paths: dict
    macs: float
    costs: dict
    latency_ms: dict


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The `Summary` of all images and of each group, with the operating point that was used."""

    operating_point: str
    total: Summary
    groups: dict

    @property
    def accuracy(self):
        """Share of right labels over all images."""
        return self.total.accuracy

    def to_dict(self):
        """Plain dicts, lists, strings and numbers, for JSON."""
        return asdict(self)


def evaluate(chain, samples, operating_point=None, budget=None, parameters=None):
    """Runs a chain on labelled images.

    Args:
        chain: a `Chain`.
        samples: iterable of (image, label) or (image, label, group).
        operating_point, budget, parameters: as for `Chain.run`.

    Returns:
        An `Evaluation`; its groups are those named in the samples, by name.

    Raises:
        ChainError: there is no sample, or a run was refused.
    """
    rows, groups = [], {}
    for sample in samples:
        image, label = sample[0], sample[1]
        result = chain.run(image, budget, operating_point, parameters)
        row = _row(result, int(label))
        rows.append(row)
        if len(sample) > 2:
            groups.setdefault(str(sample[2]), []).append(row)
    if not rows:
        raise ChainError("samples: expected at least one (image, label), received none")
    return Evaluation(result.operating_point, _summary(rows), {name: _summary(groups[name]) for name in sorted(groups)})


def _row(result, label):
    """What is kept of a result: little, for there may be many."""
    return (
        result.label == label, result.exit, result.reason, " > ".join(result.path), result.macs, result.costs,
        result.elapsed_ms,
    )  # fmt: skip


def _summary(rows):
    right, exits, reasons, paths, macs, costs, elapsed = zip(*rows)
    count = len(rows)
    right_at = Counter(name for name, ok in zip(exits, right) if ok)
    p50, p90, p99 = np.percentile(elapsed, [50, 90, 99])
    return Summary(
        samples=count,
        accuracy=sum(right) / count,
        exits=_shares(exits),
        exit_accuracy={name: right_at[name] / n for name, n in Counter(exits).items()},
        reasons=_shares(reasons),
        paths=_shares(paths),
        macs=sum(macs) / count,
        costs={unit: sum(cost[unit] for cost in costs) / count for unit in costs[0]},
        latency_ms={"mean": float(np.mean(elapsed)), "p50": float(p50), "p90": float(p90), "p99": float(p99)},
    )


def _shares(names):
    return {name: n / len(names) for name, n in Counter(names).items()}
