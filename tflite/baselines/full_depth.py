"""The chain at full depth: every exit computes its rule, none answers."""

from __future__ import annotations

import msgspec

from ..bundle import Bundle
from ..bundle import manifest as m
from .bundles import with_program

NEVER = 1e30  # no score of a controller is as large, and no entropy as small as its negative


def full_depth_bundle(bundle: Bundle) -> Bundle:
    """Returns the bundle with exits whose rules are computed and never hold."""

    def never(step):
        if not isinstance(step, m.Exit):
            return step
        threshold = NEVER if isinstance(step.rule, m.AtLeast | m.MaxSoftmax | m.Margin) else -NEVER
        return msgspec.structs.replace(step, rule=msgspec.structs.replace(step.rule, threshold=threshold))

    return with_program(bundle, (never(step) for step in bundle.manifest.program))
