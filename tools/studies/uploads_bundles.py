"""A converted CiNet on test images: with its server half, and without."""

from __future__ import annotations

import numpy as np

from tflite.bundle import Bundle
from tflite.runtime.chain import Chain
from tflite.runtime.server_parts import server_parts
from tools import console
from tools.reporting.evaluation import bytes_sent


def judge(bundle: Bundle, images: np.ndarray, labels: np.ndarray) -> dict:
    """How a bundle does on uint8 images.

    Returns:
        {"name", "quantize", "accuracy", "alone": that without the server half, "macs": mean on the device, "bytes":
        sent for an image, "device_bytes": of the parts that a device holds}.

    Raises:
        UserError: a bundle without a server half, or one whose files are not there.
    """
    far = server_parts(bundle)
    if far is None:
        raise console.UserError(f"expected a bundle with a server half in {bundle.path}/server, received none")
    chains = Chain(bundle, remote=far, warm_up=False), Chain(bundle, warm_up=False)
    found = {"name": bundle.manifest.name, "quantize": bundle.manifest.provenance.get("quantize")}
    for name, chain in zip(("accuracy", "alone"), chains, strict=True):
        results = [chain.run(image) for image in console.progress(images, f"{bundle.manifest.name}, {name}")]
        found[name] = float(np.mean([result.label == label for result, label in zip(results, labels, strict=True)]))
        if name == "accuracy":
            found["macs"] = float(np.mean([result.macs for result in results]))
            found["bytes"] = bytes_sent(results[0])
    found["device_bytes"] = sum(part.bytes for part in bundle.manifest.parts.values() if part.file is not None)
    return found
