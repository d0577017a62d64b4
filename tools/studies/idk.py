"""IDK cascades of two and more members by the rules of the source, in the form of its table 4.2.

Wang, UCB/EECS-2020-236, chapter 4. Rules are fitted on the run's validation images, chosen on its held-out ones, where
a target is met, and told of its test images, beside the members alone: what a user would take first. The cascade's own
deferral is not asked: `chain_rows` checks that of a converted bundle by equation 4.11, as it runs on a device. Rounding
to int8 moves entropies, and a rule that met its target on the float network need not meet it there.
"""

from pathlib import Path

import numpy as np

import tflite
from keras_models.functional import deferral
from keras_models.policies import deferral_rules as rules
from keras_models.policies.controllers import answers
from keras_models.policies.operating_points import FULL, TOLERANCES
from tflite.bundle import queries
from tflite.conversion.table import Table
from tools import console, native
from tools.pipeline import observed, runs
from tools.pipeline.policy_evaluation import sweep_of
from tools.reporting import figures
from tools.studies.pages import Item
from tools.studies.study import JUDGED, Study

TITLE, FIRST_STAGE, QUICK = "IDK cascade", True, "cascade_digits"
DATASETS = {"cifar10": "cascade_cifar10_pair"}

# Table 4.2 as printed, DLA-48-B-s and then ResNet18: type, target, accuracy, IDK rate (percent), FLOPs, relative cost.
PRINTED = (
    (rules.PROBABILITY, 95.26, 95.23, 67.5, 4.198e7, 1.135),
    (rules.ENTROPY, 95.26, 95.23, 51.7, 3.613e7, 0.977),
    (rules.COST, 95.26, 95.22, 48.9, 3.509e7, 0.949),
    (rules.ENTROPY, 95.16, 95.16, 40.1, 3.184e7, 0.861),
    (rules.COST, 95.16, 95.16, 40.0, 3.179e7, 0.859),
    (rules.PROBABILITY, 95.05, 95.07, 36.5, 3.051e7, 0.824),
    (rules.ENTROPY, 95.05, 95.06, 33.7, 2.947e7, 0.796),
    (rules.COST, 95.05, 95.05, 32.8, 2.915e7, 0.788),
    (rules.PROBABILITY, 94.90, 94.89, 29.9, 2.806e7, 0.759),
    (rules.ENTROPY, 94.90, 94.91, 30.6, 2.832e7, 0.766),
    (rules.COST, 94.90, 94.91, 30.5, 2.827e7, 0.764),
)
CORRECTED = (
    "Ent+Cost minimises equation 4.12 with equations 4.15 and 4.16, all members together. The source prints "
    "p_0 = p_N = 1 in equation 4.15, by which the last member would never answer and two members would not give "
    "equation 4.13; computed is the equation corrected: p_0 = 1, p_N = 0."
)
NOT_MET = "no: all go on"

TARGETS = (0.0, 0.1, 0.2, 0.35)  # points of accuracy below the last member's
ORACLE, OBLIVIOUS, OBLIVIOUS_NETWORK = "Oracle", "Cost-oblivious", "Cost-oblivious, network"


def fitting(study: Study) -> str:
    """How members and rules came about, one clause."""
    found = []
    for name, entry in zip(member_names(study.run), study.run.config["arguments"]["members"], strict=True):
        run = isinstance(entry, str) and (Path(entry) / "config.json").exists()
        found.append(f"{name} ({runs.trained_as(runs.read(entry).config)})" if run else name)
    return f"members: {'; '.join(found)}; passes of the network without costs: {study.effort.policy_epochs}"


def member_names(run: runs.Run) -> list[str]:
    """What the members of a run's cascade are called: their run folders or files. Raises ValueError for another run."""
    if run.config["family"] != "cascade":
        raise ValueError(f"{run.folder}: expected a run of a cascade, received one of {run.config['family']}")
    entries = run.config["arguments"]["members"]
    return [Path(entry if isinstance(entry, str) else entry["file"]).stem for entry in entries]


def table_4_2(study: Study) -> dict:
    """The members alone, and every rule at every target, on validation, held-out and test images: see `compared`."""
    splits = []
    for name in (runs.POLICY_SPLIT, runs.HELD_OUT_SPLIT, JUDGED):
        values = observed.load(study.run, study.network, study.task, name)
        splits.append(rules.Split(answers(values), values["labels"]))
    costs = np.diff(study.network.exit_costs(), prepend=0.0)
    return compared(*splits, costs, member_names(study.run), study.effort.policy_epochs)


def compared(fitting: rules.Split, held_out: rules.Split, test: rules.Split, costs, names, epochs: int = 0) -> dict:
    """The rows of table 4.2, of any number of members; rules are fitted, chosen and judged on the three splits.

    Args:
        costs: `[members]`, multiply-adds of each.
        names: of the members.
        epochs: of the networks without costs that see all probabilities; 0 leaves them out.

    Returns:
        {"samples": images of each split, "members": {"name", "accuracy", "error", "macs", "relative"} each, "rows":
        rows of `_row`, "bundles": []}.
    """
    alone = zip(names, 1 - test.errors.mean(0), costs, strict=True)
    members = [
        {"name": name} | rules.reached(accuracy, len(test.labels), macs, costs[-1]) for name, accuracy, macs in alone
    ]
    fitted, found = rules.cost_rules(fitting, costs), []
    for points in TARGETS:
        chosen = {name: rules.stagewise(name, fitting, held_out, points / 100) for name in rules.GRIDS}
        chosen[rules.COST] = rules.cheapest(fitted, held_out, points / 100, costs)
        for name, rule in chosen.items():
            target = {"points": points, "target": members[-1]["accuracy"] - points, "met": rule is not None}
            found.append({"type": name} | target | _row((rule or rules.always)(test), test, costs, members))
    free = {ORACLE: deferral.oracle(test.errors), OBLIVIOUS: rules.cost_oblivious(fitting)(test)}
    if epochs:
        free[OBLIVIOUS_NETWORK] = rules.cost_oblivious_network(fitting, epochs)(test)
    none = {"points": None, "target": None, "met": None}
    found += [{"type": name} | none | _row(defers, test, costs, members) for name, defers in free.items()]
    counts = {"fitting": len(fitting.labels), "held_out": len(held_out.labels), "test": len(test.labels)}
    return {"samples": counts, "members": members, "rows": found, "bundles": []}


def _row(defers, test: rules.Split, costs, members: list[dict]) -> dict:
    """What decisions reach.

    Returns:
        The entries of `rules.reached`, "idk": rate of the first member, "answered": share of the images that each
        member answers, both in percent, and "beaten_by": the cheapest member alone that is as accurate at no more cost,
        or None.
    """
    found = test.harden(defers, costs)
    coming = np.array([1.0, *found.idk, 0.0])
    row = rules.reached(found.accuracy, len(test.labels), found.cost, costs[-1])
    row |= {"idk": float(100 * found.idk[0]), "answered": (100 * (coming[:-1] - coming[1:])).tolist()}
    better = (m["name"] for m in members if m["macs"] <= row["macs"] and m["accuracy"] >= row["accuracy"] - 1e-9)
    return row | {"beaten_by": next(better, None)}


def chain_rows(study: Study, folder: str | Path) -> dict:
    """Every operating point of a bundle of the study's cascade on test images, beside the float network's.

    Returns:
        {"bundle": its name, "last": accuracy of its last member in percent, "dropped": the members that never answer,
        as the conversion leaves out what does not pay for itself, "rows"}, a row being {"point", "points": of accuracy
        that may be lost (None: no promise), "met": whether no more is lost on the test images, and "accuracy", "error",
        "idk", "answered", "macs", "relative" as for `idk.compared`, "float": some of these of the float network at the
        same settings}.

    Raises UserError if the bundle is of another run or policy.
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
    kept = np.isin(study.network.exit_names, queries.answers(manifest.programs["main"]))
    measured = sweep_of(study.network, study.judged).measure(list(points.values()), kept)
    last, own = found[FULL].accuracy, float(np.diff(study.network.exit_costs())[-1])
    rows = []
    for (name, total), whole in zip(found.items(), measured, strict=True):
        allowed = 0.0 if name == FULL else TOLERANCES.get(name)
        met = None if allowed is None else bool(total.accuracy >= last - allowed / 100 - 1e-9)
        answered = [100 * total.exits.get(end, 0.0) for end in study.network.exit_names]
        row = {"point": name, "points": allowed, "met": met, "idk": 100 - answered[0], "answered": answered}
        row |= rules.reached(total.accuracy, total.samples, total.macs, own)
        spent, idk = float(np.mean(whole.costs)), float(100 * np.mean(whole.way > 0))
        beside = {"accuracy": 100 * whole.accuracy, "idk": idk, "macs": spent, "relative": spent / own}
        rows.append(row | {"float": beside})
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


ITEMS = {"table 4.2": Item(table_4_2, write_table_4_2, paint_table_4_2, chain_rows)}
