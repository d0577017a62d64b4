"""The page of an IDK cascade as lines of Markdown, and its picture, from the rows that `idk.py` computes."""

from keras_models.policies.deferral_rules import COST, ENTROPY, PROBABILITY
from tflite.conversion.table import Table
from tools import console
from tools.reporting import figures

# Table 4.2 as printed, DLA-48-B-s and then ResNet18: type, target, accuracy, IDK rate (percent), FLOPs, relative cost.
PRINTED = (
    (PROBABILITY, 95.26, 95.23, 67.5, 4.198e7, 1.135),
    (ENTROPY, 95.26, 95.23, 51.7, 3.613e7, 0.977),
    (COST, 95.26, 95.22, 48.9, 3.509e7, 0.949),
    (ENTROPY, 95.16, 95.16, 40.1, 3.184e7, 0.861),
    (COST, 95.16, 95.16, 40.0, 3.179e7, 0.859),
    (PROBABILITY, 95.05, 95.07, 36.5, 3.051e7, 0.824),
    (ENTROPY, 95.05, 95.06, 33.7, 2.947e7, 0.796),
    (COST, 95.05, 95.05, 32.8, 2.915e7, 0.788),
    (PROBABILITY, 94.90, 94.89, 29.9, 2.806e7, 0.759),
    (ENTROPY, 94.90, 94.91, 30.6, 2.832e7, 0.766),
    (COST, 94.90, 94.91, 30.5, 2.827e7, 0.764),
)
CORRECTED = (
    "Ent+Cost minimises equation 4.12 with equations 4.15 and 4.16, all members together. The source prints "
    "p_0 = p_N = 1 in equation 4.15, by which the last member would never answer and two members would not give "
    "equation 4.13; computed is the equation corrected: p_0 = 1, p_N = 0."
)
NOT_MET = "no: all go on"


def write_table_4_2(result: dict) -> list[str]:
    """Members, rules, bundles, and the table as printed."""
    counts = result["samples"]
    text = (
        f"Rules are fitted on {counts['fitting']:,} validation images, chosen on {counts['held_out']:,} held-out ones "
        f"where the target is met, and judged on {counts['test']:,} test images. Costs are multiply-adds, relative to "
        "the last member alone; a cascade that goes on has paid for every member before. ± is one standard error of "
        "the accuracy. Grids are searched member by member from the first."
    )
    alone = [(m["name"], _accuracy(m), console.count(m["macs"]), f"{m['relative']:.3f}") for m in result["members"]]
    members = Table(("Member", "Accuracy %", "Multiply-adds", "Relative cost"), alone)
    blocks = [text, CORRECTED, "The members alone:", members.markdown()]
    blocks += [f"{_verdict(result['rows'])} IDK is the share that goes on from the first member.", _rules(result)]
    for bundle in result["bundles"]:
        blocks += _bundle(bundle)
    header = ("Type", "Target %", "Accuracy %", "IDK %", "Mean multiply-adds", "Relative cost")
    printed = [
        (name, f"{target:.2f}", f"{accuracy:.2f}", f"{idk:.1f}", console.count(macs), f"{relative:.3f}")
        for name, target, accuracy, idk, macs, relative in PRINTED
    ]
    return [*blocks, "Table 4.2 as printed (DLA-48-B-s, then ResNet18):", Table(header, printed).markdown()]


def _verdict(rows: list[dict]) -> str:
    """Of the rules with a target: how many meet it on held-out images, and how many a member alone beats."""
    aimed = [row for row in rows if row["met"] is not None]
    met = [row for row in aimed if row["met"]]
    beaten = sum(row["beaten_by"] is not None for row in met)
    return (
        f"{len(met)} of {len(aimed)} rules and targets have a setting that meets the target on held-out images. A "
        f"member alone beats {beaten} of these (as accurate on the test images at no more cost)."
    )


def _rules(result: dict) -> str:
    names = [member["name"] for member in result["members"]]
    header = ["Type", "Target %", "Met on held-out", "Accuracy %", "IDK %", *(f"by {name} %" for name in names)]
    header += ["Mean multiply-adds", "Relative cost", "Beaten by"]
    rows = []
    for row in result["rows"]:
        met = {True: "yes", False: NOT_MET, None: ""}[row["met"]]
        target = "" if row["target"] is None else f"{row['target']:.2f}"
        cells = [row["type"], target, met, _accuracy(row), f"{row['idk']:.1f}"]
        cells += [f"{share:.1f}" for share in row["answered"]]
        rows.append([*cells, console.count(row["macs"]), f"{row['relative']:.3f}", row["beaten_by"] or ""])
    return Table(header, rows, "lrl" + "r" * (len(names) + 4) + "l").markdown()


def _bundle(bundle: dict) -> list[str]:
    """The section of a converted bundle."""
    text = (
        f"Again as the bundle {bundle['bundle']}, run image by image at its operating points on the test images. A "
        "point promises to lose at most so many points against the bundle's own last member, which reaches "
        f"{bundle['last']:.2f} %; in brackets the float network at the same settings."
    )
    if bundle["dropped"]:
        text += f" The conversion dropped {', '.join(bundle['dropped'])}, which did not pay for itself: never run."
    header = ["Point", "May lose", "Met on test", "Accuracy %", "IDK %", "Mean multiply-adds", "Relative cost"]
    rows = []
    for row in bundle["rows"]:
        met = {True: "yes", False: "no", None: ""}[row["met"]]
        lose, other = "" if row["points"] is None else f"{row['points']:g}", row["float"]
        accuracy, idk = f"{_accuracy(row)} ({other['accuracy']:.2f})", f"{row['idk']:.1f} ({other['idk']:.1f})"
        relative = f"{row['relative']:.3f} ({other['relative']:.3f})"
        rows.append([row["point"], lose, met, accuracy, idk, console.count(row["macs"]), relative])
    return [text, Table(header, rows, "lrlrrrr").markdown()]


def _accuracy(row: dict) -> str:
    return f"{row['accuracy']:.2f} ± {row['error']:.2f}"


def paint_table_4_2(axes, result: dict) -> None:
    """Accuracy against relative cost: a line a rule, a mark a baseline, a cross a member alone."""
    curves: dict[str, list] = {}
    for row in result["rows"]:
        if row["met"] is not False:
            curves.setdefault(row["type"], []).append((row["relative"], row["accuracy"]))
    for bundle in result["bundles"]:
        curves[bundle["bundle"]] = [(row["relative"], row["accuracy"]) for row in bundle["rows"]]
    for number, (name, places) in enumerate(curves.items()):
        axes[0].plot(*zip(*sorted(places), strict=True), **figures.series(number), label=name)
    alone = [(member["relative"], member["accuracy"]) for member in result["members"]]
    axes[0].plot(*zip(*alone, strict=True), "x", color=figures.colour("ink"), markersize=8, label="a member alone")
    for member, place in zip(result["members"], alone, strict=True):
        axes[0].annotate(member["name"], place, xytext=(5, -10), textcoords="offset points")
    axes[0].set(xlabel="multiply-adds, relative to the last member alone", ylabel="accuracy, percent")
    axes[0].legend()
