"""What `tools/phone_check.py` found, as tables: for a terminal, for docs/, and for the HTML report."""

from tflite.baselines import CUT, FULL_DEPTH, STATIC, TOLERANCES, cheapest_within
from tflite.conversion.table import Table
from tools import console, machine
from tools.reporting import samples

CAVEAT = (
    "Instructions are not time and not energy: a processor does several at once, and waits for memory. Counted are "
    "TensorFlow Lite's runs of the parts with the copy of their inputs, not pre-processing, rules and the app."
)
PARTS = ("part", "multiply-adds", "instructions", "per multiply-add", "against this machine")
CHAINS = ("", "accuracy", "instructions an answer", "of static", "multiply-adds", "of static")


def title(report: dict) -> str:
    """What was run on what, in one line."""
    return f"{report['bundle']} on {report['library']} (arm64-v8a), {report['processor']}, under QEMU {report['qemu']}"


def images(report: dict) -> str:
    """What says how often each way is taken."""
    if report["dataset"] is None:
        return f"ways of {report['samples']} golden cases, accuracies of the manifest"
    return f"{report['samples']:,} images of {samples.place(report)}"


def parts(report: dict) -> Table:
    """The table of parts: a row for each."""
    rows = []
    for part in report["parts"]:
        per_mac = "" if part["per_mac"] is None else f"{part['per_mac']:.4f}"
        rows.append([part["name"], f"{part['macs']:,.0f}", f"{part['instructions']:,.0f}", per_mac, _agreement(part)])
    return Table(PARTS, rows, "lrrrl")


def _agreement(part: dict) -> str:
    if part["equal"]:
        return "equal"
    said = []
    if part["steps"] is not None:
        said.append(f"codes {part['steps']} steps off" if part["steps"] else "codes equal")
    if part["floats"] is not None:
        said.append(f"float within {part['floats']:.1e}" if part["floats"] else "float equal")
    return ", ".join(said)


def chains(report: dict) -> Table:
    """The table of chains: a row for each operating point and each baseline."""
    rows = [
        [
            row["name"],
            "" if row["accuracy"] is None else f"{row['accuracy']:.2%}",
            f"{row['instructions']:,.0f}",
            _ratio(row["instructions_to_static"]),
            console.count(row["macs"]),
            _ratio(row["macs_to_static"]),
        ]
        for row in report["chains"]
    ]
    return Table(CHAINS, rows, "lrrrrr")


def _ratio(quotient: float | None) -> str:
    """A ratio in three digits; nothing where there is nothing to compare with."""
    return "" if quotient is None else f"{quotient:.3f}"


def sentences(report: dict) -> list[str]:
    """What the tables do not say: golden paths, what the same accuracy costs, what is missing, what all this is not."""
    goldens = report["goldens"]
    wrong = len({problem.partition(":")[0] for problem in goldens["problems"]})
    said = [f"Golden paths: {goldens['cases'] - wrong} of {goldens['cases']} answer as they should."]
    said += [f"{problem}." for problem in goldens["problems"][:5]]
    said += [sentence for tolerance in TOLERANCES for sentence in _near_static(report["chains"], tolerance)]
    said += [f"Not counted: {name} ({reason})." for name, reason in report["missing"].items()]
    return [*said, CAVEAT]


def _near_static(rows: list[dict], tolerance: float):
    """Yields the cheapest operating point, and network cut short, as accurate as the static network but for so much."""
    static = next((row for row in rows if row["name"] == STATIC), None)
    if static is None or static["accuracy"] is None:
        return
    cuts = [row for row in rows if row["name"].startswith(CUT)]
    points = [row for row in rows if row not in cuts and row["name"] not in (STATIC, FULL_DEPTH)]
    within = f"Within {100 * tolerance:g} points of the static network's accuracy"
    for kind, some in (("operating point", points), ("network cut short", cuts)):
        best = cheapest_within(some, static["accuracy"], tolerance, "instructions")
        if best:
            yield f"{within}: {best['name']}, at {best['instructions_to_static']:.3f} of its instructions."
        else:
            yield f"{within} there is no {kind}."


def text(report: dict) -> str:
    """The report for a terminal."""
    lines = [title(report), "", parts(report).text(), "", f"on {images(report)}:", chains(report).text()]
    return "\n".join([*lines, "", *sentences(report)])


def markdown(report: dict) -> str:
    """The report as a page for docs/."""
    lines = [f"# {report['bundle']} on the phone's own kernels", "", f"`{report['command']}`", "", f"{title(report)};"]
    lines += [f"{images(report)}. Compared with {machine.line(report['machine'])}.", ""]
    lines += [parts(report).markdown(), "", chains(report).markdown(), ""]
    return "\n".join([*lines, *(f"- {sentence}" for sentence in sentences(report))]) + "\n"
