"""Whether an IDK cascade keeps its promise as a bundle: equation 4.11 again, on the chain as it runs on a device.

Rounding to int8 moves entropies, and a rule that met its target on the float network need not meet it there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import tflite
from tools import console, native, programs
from tools.pipeline.operating_points import FULL, TOLERANCES
from tools.pipeline.policy_evaluation import sweep_of
from tools.studies.idk_rules import reached
from tools.studies.study import JUDGED, Study


def chain_rows(study: Study, folder: str | Path) -> dict:
    """Every operating point of a bundle on test images, beside the float network at the same settings.

    Args:
        study: of the cascade that was converted.
        folder: of the bundle, as tools/convert.py writes it with the policy own or cost.

    Returns:
        {"bundle": its name, "last": accuracy of its last member in percent, "dropped": the members that never answer,
        as the conversion leaves out what does not pay for itself, "rows"}, a row being {"point", "points": of accuracy
        that may be lost (None: no promise), "met": whether no more is lost on the test images, and "accuracy", "error",
        "idk", "answered", "macs", "relative" as for `idk.compared`, "float": some of these of the network}.

    Raises:
        UserError: the bundle is of another run or policy.
    """
    with native.quiet():
        chain = tflite.Chain(tflite.Bundle.load(folder))
    manifest, (images, labels, _) = chain.manifest, study.task.load(JUDGED)
    check(study, manifest, folder)
    points = {point.name: dict(point.parameters) for point in manifest.operating_points}
    found = {}
    for name in points:
        pairs = zip(images, labels, strict=True)
        found[name] = chain.evaluate(console.progress(pairs, f"{manifest.name}, {name}", len(labels)), name).total
    kept = np.isin(study.network.exit_names, programs.answers(manifest.program))
    measured = sweep_of(study.network, study.judged).measure(list(points.values()), kept)
    last, own = found[FULL].accuracy, float(np.diff(study.network.exit_costs())[-1])
    rows = []
    for (name, total), whole in zip(found.items(), measured, strict=True):
        allowed = 0.0 if name == FULL else TOLERANCES.get(name)
        met = None if allowed is None else bool(total.accuracy >= last - allowed / 100 - 1e-9)
        answered = [100 * total.exits.get(end, 0.0) for end in study.network.exit_names]
        row = {"point": name, "points": allowed, "met": met, "idk": 100 - answered[0], "answered": answered}
        row |= reached(total.accuracy, total.samples, total.macs, own)
        beside = reached(whole.accuracy, total.samples, np.mean(whole.costs), own)
        rows.append(row | {"float": beside | {"idk": float(100 * np.mean(whole.way > 0))}})
    dropped = [end for end, keep in zip(study.network.exit_names, kept, strict=True) if not keep]
    return {"bundle": manifest.name, "last": 100 * last, "dropped": dropped, "rows": rows}


def check(study: Study, manifest: tflite.Manifest, folder: str | Path) -> None:
    """Raises UserError for a bundle of another run, or whose settings are not those of the study's cascade."""
    if manifest.provenance.get("training") != study.run.config:
        raise console.UserError(f"{folder}: expected a bundle of {study.run.folder}, received one of another run")
    if not set(manifest.parameters) <= set(study.network.parameters()):
        raise console.UserError(
            f"{folder}: expected a bundle that tools/convert.py made with --policy cost or own, received one with the "
            f"parameters {', '.join(manifest.parameters)}"
        )
