"""Makes the files that both runtimes are tested with: `python -m tests.goldens.make [FOLDER]`.

    bundles/NAME/     small bundles with goldens; together they have every step, rule and tensor type of the language
    runs.json         runs of those bundles under budgets and parameters, with what came out
    pictures.json     arrays and picture files, with the numbers that they are read as, or that they are refused
    teach.json        what the bundle `prototypes` is taught, what becomes of its table, and what it answers then
    recording.json    what a governor was shown, as a file that both runtimes read
    governor.json     recorded traces of battery, heat and latencies, with every decision

The pixels, weights and traces follow from seeds; what is expected is what the Python runtime says. Other computers may
give other last digits of float answers, so a test compares what is made with what lies here only where it is exact.
"""

import base64
import shutil
import sys
import tempfile
from pathlib import Path

import msgspec
import numpy as np

from tests.goldens import networks, pictures, regions, taught, tensors, traces, ways
from tflite.bundle import Bundle, write_manifest
from tflite.bundle.goldens import golden_events, write_goldens
from tflite.bundle.samples import write_samples
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain

HERE = Path(__file__).parent
# Nanoseconds that no clock resolves and no phone exceeds: what a deadline does must not depend on the machine.
AT_ONCE_MS, NEVER_MS = 1e-6, 1e9


def twice(part, inputs):
    """The remote parts of the golden bundles: doubles its input, as `doubled`; a part that has another output fails."""
    return {"doubled": inputs["x"] * np.float32(2)}


def load(folder):
    """A chain on a golden bundle; nothing is run before its first image."""
    return Chain(Bundle.load(folder), remote=twice, warm_up=False)


def bundles():
    """The folders of the golden bundles."""
    return sorted((HERE / "bundles").iterdir())


def pixels(seed, count, *shape):
    """Random pixels."""
    return list(np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8))


def few(seed, count, *shape):
    """Pixels of 0 to 9, which keep small networks undecided."""
    return list(np.random.default_rng(seed).integers(0, 10, (count, *shape), dtype=np.uint8))


def strange_pictures():
    """Grey, RGB and RGBA, wider and higher, smaller and larger than what is asked for."""
    shapes = [(4, 6), (4, 6, 1), (4, 6, 3), (9, 13, 3), (17, 5), (3, 4, 4), (1, 1, 3), (40, 33, 1), (31, 64, 4)]
    return [pixels(100 + i, 1, *shape)[0] for i, shape in enumerate(shapes)]


def hinted(seed, count):
    """Pictures of two pixels, each with a hint of three numbers."""
    hints = np.random.default_rng(seed).normal(0, 2, (count, 1, 3)).astype(np.float32)
    return [{"image": picture, "hint": hint} for picture, hint in zip(few(seed, count, 1, 2), hints)]


def normalised(seed, *shape):
    """Float32 numbers that are normalised already."""
    return [np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.float32)]


def pointed_at(seed, count):
    """Pictures, each with a box on it."""
    corners = np.sort(np.random.default_rng(seed).uniform(0, 1, (count, 2, 2)), axis=1).astype(np.float32)
    return [{"image": p, "where": box.reshape(1, 4)} for p, box in zip(pixels(seed, count, 9, 14), corners)]


OTHERS = {
    "prototypes": {"teach": pixels(17, 3, 2, 2), "point": [np.array([[3.0, 0.0, -4.0]], np.float32)]},
    "pointed": {"teach": pointed_at(18, 3)},
}

SAMPLES = {"convolutions": 6}  # how many of its pictures are samples of it too


MAKERS = {
    "rules_float": lambda path: networks.rules(path, int8=False),
    "rules_int8": lambda path: networks.rules(path, int8=True),
    "pictures_grey_float": lambda path: tensors.pictures(path, 1, "float32"),
    "pictures_grey_int8": lambda path: tensors.pictures(path, 1, "int8"),
    "pictures_rgb_float": lambda path: tensors.pictures(path, 3, "float32"),
    "pictures_rgb_uint8": lambda path: tensors.pictures(path, 3, "uint8"),
    "pictures_padded": lambda path: tensors.pictures(path, 3, "int8", crop="pad", padding=77),
}


def shown_images() -> dict[str, list]:
    """The images of every golden bundle."""
    return {
        "rules_float": few(1, 12, 1, 2),
        "rules_int8": few(2, 12, 1, 2),
        "steps": pixels(3, 12, 5, 4) + normalised(3, 5, 4, 1),
        "seams": pixels(4, 12, 1, 2) + normalised(4, 1, 2, 1),
        "readers": pixels(11, 16, 1, 2),
        "rewritten": pixels(12, 8, 1, 2),
        "shared": few(5, 8, 1, 2),
        "stages": few(10, 2, 1, 2),
        "moving": few(6, 8, 1, 2),
        "remote": few(7, 8, 1, 2),
        "pictures_grey_float": strange_pictures(),
        "pictures_grey_int8": strange_pictures(),
        "pictures_rgb_float": strange_pictures(),
        "pictures_rgb_uint8": strange_pictures() + normalised(8, 4, 6, 3),
        "pictures_padded": strange_pictures() + normalised(18, 4, 6, 3),
        "convolutions": pixels(9, 12, 12, 12),
        "looks": pixels(13, 12, 5, 4),
        "sixteen": pixels(16, 11, 4, 4) + normalised(17, 4, 4, 1),
        "several": hinted(14, 12),
        "ahead": few(19, 3, 1, 2),
        "boxes": pixels(15, 12, 6, 6),
        "prototypes": pixels(16, 12, 2, 2),
        "pointed": pixels(20, 6, 9, 14) + pixels(21, 6, 8, 8),
    }


def make_bundles(folder):
    """Writes every golden bundle and returns name -> its images."""
    images = shown_images()
    for name, shown in images.items():
        maker = next(
            (getattr(room, name) for room in (networks, regions, taught, tensors, ways) if hasattr(room, name)), None
        )
        MAKERS.get(name, maker)(folder / name)
        chain = load(folder / name)
        goldens = write_goldens(chain, folder / name, shown, others=OTHERS.get(name))
        manifest = msgspec.structs.replace(chain.manifest, goldens=goldens)
        if count := SAMPLES.get(name):
            sampled = write_samples(folder / name, np.stack(shown[:count])[..., None], np.arange(count) % 3)
            manifest = msgspec.structs.replace(manifest, samples=sampled)
        write_manifest(folder / name, manifest)
    return images


BUDGETS = {
    "steps": [
        {"latency_ms": AT_ONCE_MS},
        {"latency_ms": NEVER_MS, "macs": 49},
        {"macs": 96},
        {"energy_uj": 3.1},
        {"energy_uj": 6.0},
        {"macs": 60, "energy_uj": 1.0},
    ],
    "rules_float": [{"macs": 1}, {"macs": 60}, {"latency_ms": AT_ONCE_MS, "macs": 1}],
    "convolutions": [{"macs": 29}, {"macs": 30}, {"latency_ms": AT_ONCE_MS}],
    "remote": [{"macs": 7.9}, {"macs": 8}, {"latency_ms": AT_ONCE_MS}, {"bytes_sent": 7}, {"bytes_sent": 1000}],
    "several": [{"macs": 17}, {"macs": 27}, {"bytes_sent": 1}, {"deadline_ms": NEVER_MS}],
    "ahead": [
        {"macs": macs}
        for macs in (54, 55, 64, 65, 117, 118, 170, 171, 200, 223, 224, 243, 244, 320, 321, 387, 388, 397, 398)
    ],
    "boxes": [{"macs": 84}, {"macs": 85}, {"macs": 113}, {"latency_ms": AT_ONCE_MS}],
}
PARAMETERS = {
    "steps": [{"sure": 0.5}, {"start": [0.3, 0.2, 0.1], "apart": 0.05}],
    "rules_int8": [{"margin": 0.2}, {"weight": 0.5, "logistic_none": 0.6}],
    "boxes": [{"least": 0.0, "overlap": 0.0}],
    "sixteen": [{"enough": 0.0}],
    "looks": [{"task": 0}, {"enough": -1e30}, {"box": [0.0, 0.0, 0.5, 0.5]}],
}


def make_runs(folder, images):
    """Runs bundles under budgets and with parameters: a list of runs with what came out."""
    runs = []
    for bundle, shown in images.items():
        chain = load(folder / bundle)
        settings = [(budget, {}) for budget in BUDGETS.get(bundle, [])]
        settings += [({}, parameters) for parameters in PARAMETERS.get(bundle, [])]
        for budget, parameters in settings:
            for number, inputs in enumerate(shown[:6]):
                result = chain.run(inputs, Budget(**budget) if budget else None, None, parameters)
                runs.append(
                    {
                        "bundle": bundle,
                        "case": number,
                        "budget": budget,
                        "parameters": parameters,
                        "label": result.label,
                        "path": result.path,
                        "exit": result.exit,
                        "reason": result.reason,
                        "macs": result.macs,
                        "answer": result.answer.ravel().tolist(),
                        "events": golden_events(result),
                    }
                )
    return runs


LESSONS = [
    {"teach": "third", "program": "teach", "seed": 21, "examples": 3},
    {"teach": "fourth", "program": "teach", "seed": 22, "examples": 1},
    {"rename": "third", "to": "drei \u00fc"},
    {"remove": "first"},
    {"teach": "hinted", "program": "point", "hints": [[3.0, 0.0, -4.0], [1.0, 2.0, 2.0]]},
    {"teach": "first", "program": "teach", "seed": 23, "examples": 2},
]


def make_lessons(folder, images):
    """What the table of `prototypes` is after each lesson, and what is answered; the file of rows at the end."""
    chain = load(folder / "prototypes")
    table, done = chain.tables["classes"], []
    for lesson in LESSONS:
        lesson = dict(lesson)
        if "teach" in lesson:
            lesson["given"] = [np.array([hint], np.float32) for hint in lesson.pop("hints", [])]
            lesson["given"] += pixels(lesson.pop("seed", 0), lesson.pop("examples", 0), 2, 2)
            lesson["row"] = chain.teach(lesson["teach"], lesson["given"], program=lesson["program"]).ravel()
            lesson["given"] = [given.tolist() for given in lesson["given"]]
            lesson["row"] = lesson["row"].tolist()
        elif "rename" in lesson:
            table.rename(lesson["rename"], lesson["to"])
        else:
            table.remove(lesson["remove"])
        answered = [chain.run(picture) for picture in images["prototypes"][:4]]
        answers = [{"name": r.name, "numbers": r.answer.tolist()} for r in answered]
        done.append(lesson | {"labels": table.labels, "pictures": [p.tolist() for p in images["prototypes"][:4]],
                              "answers": answers})  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        table.save(Path(scratch) / "rows")
        saved = (Path(scratch) / "rows").read_bytes()
    return [*done, {"saved": base64.b64encode(saved).decode()}]


def make(folder):
    """Writes everything into a folder."""
    shutil.rmtree(folder / "bundles", ignore_errors=True)
    images = make_bundles(folder / "bundles")
    _write_lines(folder / "runs.json", make_runs(folder / "bundles", images))
    _write_lines(folder / "teach.json", make_lessons(folder / "bundles", images))
    _write_lines(folder / "governor.json", traces.make_traces())
    (folder / "recording.json").write_text(traces.recorded().text())
    _write_lines(folder / "pictures.json", pictures.make_pictures())


def _write_lines(path, items):
    """JSON with one item a line."""
    lines = [msgspec.json.encode(item).decode() for item in items]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
