"""What the families' int8 bundles are taught by pictures, and what they answer then: `python -m tests.goldens.lessons`.

Both runtimes are tested with `lessons.json`: a class that nobody converted, in a bundle as it is shipped.
"""

import json
from pathlib import Path

import numpy as np

from tests.goldens.families import HERE as FAMILIES
from tflite.bundle import Bundle, queries
from tflite.bundle.golden_index import read_goldens
from tflite.bundle.manifest import RowOutput
from tflite.runtime.chain import Chain

FILE = Path(__file__).parent / "lessons.json"
EXAMPLES, ASKED = 3, 6


def taught_by_pictures():
    """Names of the families whose bundle has a program `teach` that reads a picture alone, and answers with a label."""
    for folder in sorted(FAMILIES.iterdir()):
        manifest = Bundle.load(folder).manifest
        teaches = "teach" in manifest.programs and queries.inputs(manifest, "teach") == ["image"]
        if teaches and queries.of_table(manifest) and any(isinstance(o, RowOutput) for o in manifest.outputs.values()):
            yield folder.name


def pictures(shape, count):
    """Blobs of light on noise, uint8, the same each time."""
    rng = np.random.default_rng(6)
    found = rng.integers(0, 90, (count, *shape))
    for picture in found:
        y, x = (rng.integers(0, side - 4) for side in shape[:2])
        picture[y : y + 5, x : x + 5] += rng.integers(20, 160)
    return found.astype(np.uint8)


def lesson(family):
    """Teaches a family's bundle "new" by some pictures: what the row is, and how it answers to others."""
    bundle = Bundle.load(FAMILIES / family)
    chain, name = Chain(bundle, warm_up=False), queries.of_table(bundle.manifest)
    _, shape = queries.picture(bundle.manifest)
    given = pictures(shape, EXAMPLES + ASKED)
    row = chain.teach("new", list(given[:EXAMPLES]))
    known = next(case for case, _ in read_goldens(bundle) if (case.program or "main") == "main")
    answers = []
    for picture in given[EXAMPLES:]:
        result = chain.run(picture)
        answers.append({"name": result.name, "numbers": result.answer.tolist()})
    return {
        "family": family,
        "table": name,
        "shape": list(shape),
        "examples": [picture.ravel().tolist() for picture in given[:EXAMPLES]],
        "row": row.ravel().tolist(),
        "labels": list(chain.tables[name].labels),
        "pictures": [picture.ravel().tolist() for picture in given[EXAMPLES:]],
        "answers": answers,
        "tolerance": max(2e-3, 2 * (known.tolerance or 0.0)),
    }


if __name__ == "__main__":
    lines = [json.dumps(lesson(family), separators=(",", ":")) for family in taught_by_pictures()]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n")
