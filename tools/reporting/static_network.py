"""The static network of a bundle's trunk as a bundle of its own, with a card for people."""

from __future__ import annotations

from pathlib import Path

from tflite import baselines
from tools import console
from tools.reporting.samples import Samples

SUFFIX = "_static"  # the app looks for this name beside the chain's


def write(bundle, data: Samples, folder: str | Path) -> dict:
    """Writes the static network of a bundle into a folder.

    Args:
        bundle: the chain's `Bundle`.
        data: images on which its accuracy is measured.
        folder: an empty folder.

    Returns:
        {"name", "accuracy", "samples", "macs", "bytes"}.

    Raises:
        BaselineError: no static network equals the program.
    """
    name = bundle.manifest.name + SUFFIX
    images = console.progress(data.images, "measuring the accuracy")
    made = baselines.write_static_bundle(bundle, folder, name, images, data.labels)
    ((point,), (part,)) = made.operating_points, made.parts.values()
    accuracy, macs = point.accuracy, int(point.costs["macs"])
    card = (
        f"# {name}\n\nAll parts of `{bundle.manifest.name}` linked to one network without exits: what its chain is "
        f"compared with.\n\n- {accuracy:.2%} of {len(data):,} images of {data.task}:{data.split} right\n"
        f"- {macs:,} multiply-adds for every image\n"
    )
    console.write_text(Path(folder) / "MODEL_CARD.md", card)
    return {"name": name, "accuracy": accuracy, "samples": len(data), "macs": macs, "bytes": part.bytes}
