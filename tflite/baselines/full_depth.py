"""The chain at full depth: every exit computes its rule, none answers; every block that may be skipped runs."""

from __future__ import annotations

import msgspec

from ..bundle import Bundle
from ..bundle import manifest as m
from .bundles import with_program
from .linear import is_linear

NEVER = 1e30  # no score of a controller is as large, and no entropy as small as its negative


def full_depth(bundle: Bundle) -> tuple[Bundle, str]:
    """Returns the chain that runs everything: a bundle, and the name of the operating point to run it at.

    Of a program that only decides where to leave: the bundle with exits whose rules are computed and never hold, at any
    point. Of any other: the bundle itself, at its last and most expensive point.
    """
    points = bundle.manifest.operating_points
    if not is_linear(bundle):
        return bundle, points[-1].name

    def never(step):
        if not isinstance(step, m.Exit):
            return step
        threshold = NEVER if isinstance(step.rule, m.AtLeast | m.MaxSoftmax | m.Margin) else -NEVER
        return msgspec.structs.replace(step, rule=msgspec.structs.replace(step.rule, threshold=threshold))

    return with_program(bundle, (never(step) for step in bundle.manifest.programs["main"])), points[0].name
