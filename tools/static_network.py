"""Write the static network of a bundle's trunk as a bundle: one part, no exits, what a phone's chain is compared with.

All parts are linked to one model of the last answer; the heads and exits before it are left out. Its accuracy is
measured here, its multiply-adds are counted in the linked model, and its self-test has the chain's own pictures.
"""

if not __package__:  # started as a file: import from the repository, not from tools/
    import sys
    from pathlib import Path

    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
import math
import sys
from pathlib import Path

from tools import console, native
from tools.evaluate import add_data_options

SUFFIX = "_static"  # the app looks for this name beside the chain's
POINT = "static"
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")  # operators whose second input holds weights


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/static_network.py", description=__doc__)
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip")
    parser.add_argument("--out", metavar="FOLDER", help=f"bundle folder (default: BUNDLE{SUFFIX})")
    add_data_options(parser, split=None)
    parser.add_argument("--force", action="store_true", help="replace an existing bundle")
    return parser


def count_macs(content: bytes) -> int:
    """Multiply-adds of one run of a static model: every weight as often as there are places that it is used at."""
    from tflite.graph import flatbuffer

    model = flatbuffer.load(content)
    (graph,), macs = model.subgraphs, 0
    for operator in graph.operators:
        if flatbuffer.operator_name(model.operatorCodes[operator.opcodeIndex]) in WEIGHTED:
            weights = flatbuffer.shape(graph.tensors[operator.inputs[1]])
            output = flatbuffer.shape(graph.tensors[operator.outputs[0]])
            macs += math.prod(weights) * math.prod(output[:-1])
    return macs


def static_manifest(bundle, static, macs: float, accuracy: float, samples: int, goldens):
    """The manifest of the static network: one part, one operating point; the name says whose it is."""
    import msgspec

    from tflite import manifest as m

    (name, part), costs = next(iter(static.manifest.parts.items())), {"macs": float(macs)}
    point = m.OperatingPoint(name=POINT, parameters={}, accuracy=accuracy, costs=costs, samples=samples)
    return msgspec.structs.replace(
        static.manifest,
        name=bundle.manifest.name + SUFFIX,
        parts={name: msgspec.structs.replace(part, costs=costs)},
        operating_points=(point,),
        default_operating_point=POINT,
        goldens=goldens,
    )


def golden_images(bundle) -> list:
    """The pictures of a bundle's self-test; none where it has no self-test."""
    from tflite import goldens

    entry = bundle.manifest.goldens
    if entry is None:
        return []
    index = goldens.read_index(bundle.read(entry.index.file), entry.index.file)
    return goldens.read_images(index, bundle.read(entry.images.file), entry)


def write(bundle, data, folder) -> dict:
    """Writes the static network of a bundle into a folder.

    Args:
        bundle: the chain's `Bundle`.
        data: `samples.Samples` on which its accuracy is measured.
        folder: an empty folder.

    Returns:
        {"name", "accuracy", "samples", "macs", "bytes"}.

    Raises:
        UserError: the program branches, repeats or crops, so that no static network equals it.
    """
    import numpy as np

    import tflite
    from tflite.bundle import write_manifest
    from tflite.goldens import write_goldens
    from tools import rivals

    static = rivals.static_bundle(bundle)
    ((file, model),) = ((part.file, static.read(part.file)) for part in static.manifest.parts.values())
    folder = Path(folder)
    (folder / file).parent.mkdir(parents=True)
    (folder / file).write_bytes(model)
    macs = count_macs(model)
    write_manifest(folder, static_manifest(bundle, static, macs, 0.0, len(data), None))
    chain = tflite.Chain(tflite.Bundle.load(folder))
    labels = [chain.run(image).label for image in console.progress(data.images, "measuring the accuracy")]
    accuracy = float(np.mean(np.array(labels) == data.labels))
    images = golden_images(bundle)
    goldens = write_goldens(chain, folder, images) if images else None
    write_manifest(folder, static_manifest(bundle, static, macs, accuracy, len(data), goldens))
    name = bundle.manifest.name
    (folder / "MODEL_CARD.md").write_text(
        f"# {name}{SUFFIX}\n\nAll parts of `{name}` linked to one network without exits: what its chain is compared "
        f"with.\n\n- {accuracy:.2%} of {len(data):,} images of {data.task}:{data.split} right\n"
        f"- {macs:,} multiply-adds for every image\n",
        encoding="utf-8",
    )
    return {"name": name + SUFFIX, "accuracy": accuracy, "samples": len(data), "macs": macs, "bytes": len(model)}


def command(options: argparse.Namespace) -> int:
    """Writes the bundle, and says what it is."""
    import tflite
    from tflite.conversion.writer import folder_in_place
    from tools import samples

    source = Path(options.bundle)
    bundle = tflite.Bundle.load(source)
    out = Path(options.out) if options.out else source.with_name(source.name.removesuffix(".zip") + SUFFIX)
    split = options.split or bundle.manifest.provenance.get("held_out_split", "test")
    data = samples.load(bundle.manifest, options.dataset, split, options.limit)
    with folder_in_place(out, options.force) as draft, native.quiet():
        made = write(bundle, data, draft)
    console.say(
        f"wrote {out}: {made['accuracy']:.2%} of {made['samples']:,} images right, {made['macs']:,} multiply-adds, "
        f"{made['bytes']:,} bytes"
    )
    return 0


def main(arguments=None) -> int:
    """Runs the tool; returns its exit status."""
    return console.main(build_parser, command, arguments)


if __name__ == "__main__":
    sys.exit(main())
