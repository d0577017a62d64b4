"""Chains beside the static frontier: all of them on the same images, timed in turns, in one run."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import tflite
from keras_models import datasets
from keras_models.functional.evaluation import source_pairs, standard_error
from tflite import baselines
from tflite.baselines import frontier
from tflite.bundle import places
from tflite.conversion.table import Table
from tflite.runtime import timing
from tools import console, machine, native
from tools.phone import chains as phone
from tools.phone import laboratory
from tools.pipeline import runs
from tools.reporting import benchmark, samples

FOLDER = Path("runs/frontier")  # where tools/frontier.py puts networks, a folder a preset
USUAL = "frontier"  # the word for all of them that are of the chain's data set
FILE = "frontier.json"  # beside a bundle's manifest
CARD_HEADING = "\n## Beside static networks\n"
HEADER = ("", "accuracy % (error)", "arm64 instructions", "mean ms", "p50", "p90", "p99", "multiply-adds")


class Entry(NamedTuple):
    """A row before it is measured: a bundle at an operating point."""

    kind: str
    bundle: tflite.Bundle
    point: str


def find(given: Sequence[str], dataset: str) -> list[tflite.Bundle]:
    """The static bundles of a data set in some places: bundles, folders of them or of tools/frontier.py, or `USUAL`.

    Raises:
        UserError: there is none, or one that was named is of another data set.
    """
    found = []
    for place in given:
        usual = place == USUAL and not Path(place).exists()
        folders = [*FOLDER.glob("*/bundles/*")] if usual else bundles_in(Path(place))
        loaded = [tflite.Bundle.load(folder) for folder in sorted(folders)]
        names = {bundle.path: bundle.manifest.provenance.get("dataset") for bundle in loaded}
        if not usual and (other := next((path for path, name in names.items() if name != dataset), None)):
            raise console.UserError(f"expected static networks of {dataset}, received {other} of {names[other]}")
        loaded = [bundle for bundle in loaded if names[bundle.path] == dataset]
        if not loaded:
            where = f"{FOLDER}/" if usual else place
            raise console.UserError(
                f"expected static networks of {dataset}, which tools/frontier.py makes, received none in {where}"
            )
        found += loaded
    return found


def bundles_in(place: Path) -> list[Path]:
    """A bundle, or those in a folder or in its folder `bundles`."""
    if place.suffix == ".zip" or (place / "manifest.json").exists():
        return [place]
    inside = place / "bundles" if (place / "bundles").is_dir() else place
    return [file.parent for file in inside.glob("*/manifest.json")]


def entries(chains: Sequence[tflite.Bundle], statics: Sequence[tflite.Bundle]) -> tuple[dict[str, Entry], dict]:
    """What is measured, by name: every operating point and fixed depth of the chains, and the static networks.

    Returns:
        (entries, {name: why it is not among them}). Equal names are told apart by the bundles' places.
    """
    found, missing = {}, {}

    def add(name: str, entry: Entry, path: Path) -> None:
        found[f"{name} ({path})" if name in found else name] = entry

    for bundle in chains:
        name = bundle.manifest.name
        for point in bundle.manifest.operating_points:
            add(f"{name}, {point.name}", Entry(frontier.CHAIN, bundle, point.name), bundle.path)
        made, failed = baselines.attempt(baselines.static_shapes(bundle))
        for shape, static in made.items():
            cut = shape.removeprefix(baselines.CUT)
            told = f"{name}, " + ("whole" if shape == baselines.STATIC else f"cut short at {cut}")
            point = static.manifest.default_operating_point
            add(told, Entry(frontier.FIXED_DEPTH, static, point), bundle.path)
        missing |= {f"{name}, {shape}": reason for shape, reason in failed.items()}
    for bundle in statics:
        point = bundle.manifest.default_operating_point
        add(bundle.manifest.name, Entry(frontier.ALONE, baselines.static_bundle(bundle), point), bundle.path)
    return found, missing


def measure(
    chains: Sequence[tflite.Bundle], statics: Sequence[tflite.Bundle], data: samples.Samples, timed: int, rounds: int
) -> dict:
    """Rows of all that `entries` gives: accuracy and costs on all images, latency in turns on some of them.

    timed: how many, drawn from them. rounds: how often each is timed on all of these.

    Returns:
        {"dataset", "split", "samples", "timed", "rounds", "machine", "library": whose kernels' instructions are
        counted, or None, "trained": bundle -> how, "rows": those of `tflite.baselines.frontier`, with "standard_error"
        as well, and in a "share" by how much the chain is "more_accurate" than that network, and the "error" of that,
        image by image, "missing"}.
    """
    with native.quiet():
        wanted, missing = entries(chains, statics)
        opened = {name: (tflite.Chain(entry.bundle), entry.point) for name, entry in wanted.items()}
    sources = datasets.get(data.task).sources(data.split)
    pairs = source_pairs(None if sources is None else sources[data.rows])
    lab = None if laboratory.missing() else laboratory.prepare()
    counts, rows = Counts(lab), []
    for name, entry in wanted.items():
        chain, point = opened[name]
        images = console.progress(data.images, f"running {name}")
        right, ways, macs = outcomes(chain, point, images, data.labels, data.judge(chain.manifest))
        row = {"kind": entry.kind, "name": name, "accuracy": float(right.mean()), "right": right}
        row["standard_error"] = standard_error(right, pairs)
        macs = macs if entry.kind == frontier.CHAIN else linked_macs(entry.bundle)
        rows.append(row | {frontier.INSTRUCTIONS: counts.mean(entry.bundle, ways), "macs": macs})
    drawn = samples.draw_rows(len(data), timed)
    seen = benchmark.measure(opened, data.images[drawn], rounds)
    rows = frontier.with_shares([row | timing.summarise(seen[row["name"]]["ms"]) for row in rows])
    rights = {row["name"]: row.pop("right") for row in rows}
    for row in rows:
        if share := row.get("share"):
            difference = rights[row["name"]].astype(float) - rights[share["of"]]
            share |= {"more_accurate": float(difference.mean()), "error": standard_error(difference, pairs)}
    told = {**data.described(), "timed": len(drawn), "rounds": rounds, "machine": machine.describe()}
    told["trained"] = trained(*chains, *statics)
    return told | {"library": lab and lab.library, "rows": rows, "missing": missing}


def trained(*bundles: tflite.Bundle) -> dict[str, str]:
    """How the networks of bundles were trained, by the bundles' names; of those that do not say it nothing."""
    found = {}
    for bundle in bundles:  # a provenance may hold anything
        with contextlib.suppress(KeyError, TypeError, AttributeError, StopIteration):
            found[bundle.manifest.name] = runs.trained_as(bundle.manifest.provenance["training"])
    return found


def linked_macs(static: tflite.Bundle) -> int:
    """Multiply-adds of a bundle of one linked model, which has fewer than the parts that it was linked of."""
    (part,) = static.manifest.parts.values()
    return baselines.count_macs(static.read(part.file))


def outcomes(chain: tflite.Chain, point: str, images, labels, judge) -> tuple[np.ndarray, dict[tuple, float], float]:
    """A chain at an operating point: what is right, as the judge has it; way -> share of the images; mean macs."""
    said, ways, macs = [], {}, 0.0
    for image in images:
        result = chain.run(image, operating_point=point)
        said.append(judge.of_result(result))
        ways[tuple(result.path)] = ways.get(tuple(result.path), 0) + 1
        macs += result.macs
    return judge.right(said, labels), {way: count / len(labels) for way, count in ways.items()}, macs / len(labels)


class Counts:
    """Instructions of the parts of bundles on the phone's kernels, each bundle counted once.

    lab: the laboratory, or None, where nothing can be counted.
    """

    def __init__(self, lab: laboratory.Laboratory | None):
        self._lab, self._known = lab, {}

    def mean(self, bundle: tflite.Bundle, ways: Mapping[tuple, float]) -> float | None:
        """Instructions an image on average, if it goes these ways."""
        if self._lab is None:
            return None
        if id(bundle) not in self._known:
            seen = phone.observe(bundle, baselines.example_inputs(bundle), self._lab)
            self._known[id(bundle)] = seen.instructions, bundle  # which is kept, so that its id stays its own
        parts, _ = self._known[id(bundle)]
        return phone.over_ways(parts, ways)


def table(rows: Sequence[dict]) -> Table:
    """The rows of `measure`, a kind after the other, the cheapest of each first."""
    unit = frontier.unit_of(rows)
    kinds = [frontier.CHAIN, frontier.ALONE, frontier.FIXED_DEPTH]
    ordered = sorted(rows, key=lambda row: (kinds.index(row["kind"]), row[unit]))
    return Table((HEADER[0], "kind", *HEADER[1:], "of the static frontier"), map(_cells, ordered), "llrrrrrrrr")


def _cells(row: dict) -> list[str]:
    counted = row[frontier.INSTRUCTIONS]
    told = [row["name"], row["kind"], f"{100 * row['accuracy']:.2f} ({100 * row['standard_error']:.2f})"]
    told += ["" if counted is None else console.count(counted)]
    told += [f"{row[key]:.3f}" for key in benchmark.LATENCIES]
    share = row.get("share") or {}
    of = share.get(frontier.unit_of([row]))
    return [*told, console.count(row["macs"]), "" if of is None else f"{of:.2f}"]


def sentences(report: dict) -> Iterator[str]:
    """Yields in words what each operating point takes of the cheapest static network as accurate."""
    for row in report["rows"]:
        if row["kind"] == frontier.CHAIN:
            yield frontier.sentence(row)
    for name, reason in report["missing"].items():
        yield f"Not measured: {name} ({reason})."


def markdown(report: dict) -> str:
    """A report of `measure`, with its "command", as blocks of a page."""
    counted = f", instructions of {report['library']} under QEMU" if report["library"] else ""
    text = (
        f"{report['samples']:,} images of {samples.place(report)}; latencies of {report['timed']:,} of "
        f"them, {report['rounds']} times, all taking turns at blocks of {timing.BLOCK}, one thread{counted}. Standard "
        "errors cluster by source image."
    )
    blocks = [f"## {report['dataset']}", text, table(report["rows"]).markdown()]
    blocks += ["\n".join(f"- {sentence}" for sentence in sentences(report))]
    if of := report.get("trained"):
        blocks.append(f"Trained: {'; '.join(f'{name}: {words}' for name, words in of.items())}.")
    return "\n\n".join([*blocks, f"`{report['command']}`", machine.line(report["machine"])]) + "\n"


def merge(file: Path, report: dict) -> None:
    """Put a report among those of other data sets in a JSON file; in the place of the one of its own."""
    reports = read(file) if file.exists() else {}
    console.write_text(file, console.as_json(reports | {report["dataset"]: report}))


def read(file: Path) -> dict[str, dict]:
    """The reports by data set that `merge` has put into a file. Raises UserError if it holds anything else."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        fits = all(row["kind"] and 0 <= row["accuracy"] <= 1 for each in found.values() for row in each["rows"])
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        fits = False
    if not fits:
        raise console.UserError(
            f"{file}: expected reports of tools/benchmark.py --against by data set, received others"
        )
    return found


def write(bundle: tflite.Bundle, report: dict) -> None:
    """Put a report beside the manifest of a bundle in a folder, for its report, and its own rows into the card."""
    console.write_text(bundle.path / FILE, console.as_json(report))
    file = bundle.path / "MODEL_CARD.md"
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    own = [row for row in report["rows"] if row["name"].startswith(f"{bundle.manifest.name}, ")]
    said = "\n".join(f"- {sentence}" for sentence in sentences(report | {"rows": own, "missing": {}}))
    console.write_text(file, f"{before.partition(CARD_HEADING)[0]}{CARD_HEADING}\n{said}\n")


def check_writable(bundle: tflite.Bundle) -> None:
    """Raises UserError if nothing can be written beside its manifest."""
    if not bundle.path.is_dir():
        raise console.UserError(f"expected a folder with --write, received {bundle.path}")
    places.check_folder(bundle.path)
