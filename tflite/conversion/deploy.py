"""From a network to a bundle, without choosing anything: its programs as they are, at the points that it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ..bundle import Bundle, write_manifest
from ..bundle.goldens import write_goldens
from ..bundle.manifest import Manifest
from ..runtime.chain import Chain
from .chain_units import ChainUnits, int8_units
from .export import ConversionError
from .latency import unit_latencies

PRECISIONS = ("float32", "int8")
Inputs = Mapping[str, tuple[dict, Sequence[int]]]
Points = Mapping[str, Mapping[str, float]]


def deploy(
    chain: Any,
    folder: Path,
    *,
    name: str,
    inputs: Inputs,
    labels: Sequence[str] = (),
    points: Points | None = None,
    samples: Mapping[str, np.ndarray] | None = None,
    quantize: str = "float32",
    goldens: Sequence = (),
    others: Mapping[str, Sequence] | None = None,
    remote: Any = None,
) -> Bundle:
    """Writes a network as a bundle into an empty folder.

    `tools/convert.py` does more: it drops exits, searches operating points and measures them. This takes any programs,
    inputs and outputs, and says that nothing was measured.

    Args:
        chain: a `keras_models.base.Deployable`, or what answers as it does.
        folder: an empty one.
        name: of the bundle.
        inputs: input -> (its entry in a manifest, the shape of its value `[1, ...]`).
        labels: names of the classes, for outputs that name none.
        points: name -> settings of the parameters, cheapest first; None is one point, "full", of the defaults.
        samples: input -> float32 `[samples, ...]`, to calibrate int8 on; images are taken to span what is seen here.
        quantize: "float32" or "int8".
        goldens: what the self-test runs `main` on, as `Chain.run` takes it.
        others: the same of further programs, by name.
        remote: runs parts for the self-test that run elsewhere.

    Returns:
        The bundle, loaded. Its provenance has `faults`, sentences, where kernels differ on a part more than is right.

    Raises:
        ConversionError: int8 without samples, or a self-test that the finished bundle does not pass.
        BundleError: programs that the checks of a bundle refuse.
    """
    folder = Path(folder)
    work = ChainUnits(chain=chain)
    work.units = _units(work, quantize, samples, [n for n, (entry, _) in inputs.items() if entry["kind"] == "image"])
    work.latencies = unit_latencies(work.units)
    written = work.write(folder, work.programs)
    units = next(iter(written.parts.values())).costs
    given = points or {"full": {}}
    measured = {"accuracy": 0.0, "costs": dict.fromkeys(units, 0.0), "samples": 0}
    manifest = work.manifest(
        written,
        inputs,
        labels,
        name=name,
        points=[{"name": key, "parameters": dict(settings), **measured} for key, settings in given.items()],
        default_operating_point=list(given)[-1],
        provenance={"quantize": quantize},
    )
    return _with_goldens(folder, manifest, goldens, others, remote)


def _units(work, quantize, samples, images):
    if quantize not in PRECISIONS:
        raise ConversionError(f"quantize: expected one of {PRECISIONS}, received {quantize!r}")
    if quantize == "int8":
        if not samples:
            raise ConversionError("samples: expected inputs to calibrate int8 on, received none")
        count = len(next(iter(samples.values())))
        tables = {key: array for table in work.chain.tables().values() for key, array in table.values(count).items()}
        return int8_units(work.chain, {**samples, **tables}, images)
    work.export(work.chain.parts())
    return work.units


def _with_goldens(folder: Path, manifest: Manifest, goldens, others, remote) -> Bundle:
    """Writes the manifest, then the self-test if there is something to run, and runs that."""
    write_manifest(folder, manifest)
    if goldens or others:
        chain = Chain(Bundle.load(folder), remote=remote, warm_up=False)
        entry = write_goldens(chain, folder, goldens, others=others)
        manifest = msgspec.structs.replace(manifest, goldens=entry)
        write_manifest(folder, manifest)
        finished = Chain(Bundle.load(folder), remote=remote, warm_up=False)
        if problems := finished.self_test():
            raise ConversionError(f"the finished bundle fails its own self-test: {problems[0]}")
        if faults := finished.kernel_faults():
            write_manifest(
                folder, msgspec.structs.replace(manifest, provenance=manifest.provenance | {"faults": faults})
            )
    return Bundle.load(folder)
