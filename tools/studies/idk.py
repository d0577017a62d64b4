"""IDK cascades of two and more members by the rules of the source, in the form of its table 4.2.

Wang, UCB/EECS-2020-236, chapter 4. Rules are fitted on the run's validation images, chosen on its held-out ones, where
a target is met, and told of its test images, beside the members alone: what a user would take first. The cascade's own
deferral is not asked; `idk_bundle.py` checks that of a converted bundle.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from keras_models.functional import deferral
from keras_models.policies.controllers import answers
from tools.pipeline import observed, runs
from tools.studies import idk_rules as rules
from tools.studies.idk_bundle import chain_rows
from tools.studies.idk_pages import PAINTERS, WRITERS
from tools.studies.study import JUDGED, Study

__all__ = ["BUNDLED", "DATASETS", "FIRST_STAGE", "ITEMS", "PAINTERS", "QUICK", "TITLE", "WRITERS", "fitting"]

TITLE, FIRST_STAGE, QUICK = "IDK cascade", True, "cascade_digits"
DATASETS = {"cifar10": "cascade_cifar10_pair"}

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


def splits(study: Study) -> list[rules.Split]:
    """What the members answered to validation, held-out and test images."""
    found = []
    for name in (runs.POLICY_SPLIT, runs.HELD_OUT_SPLIT, JUDGED):
        values = observed.load(study.run, study.network, study.task, name)
        found.append(rules.Split(answers(values), values["labels"]))
    return found


def table_4_2(study: Study) -> dict:
    """The members alone, and every rule at every target: see `compared`."""
    names, costs = member_names(study.run), np.diff(study.network.exit_costs(), prepend=0.0)
    return compared(*splits(study), costs, names, study.effort.policy_epochs)


def compared(fitting: rules.Split, held_out: rules.Split, test: rules.Split, costs, names, epochs: int = 0) -> dict:
    """The rows of table 4.2, of any number of members.

    Args:
        fitting: that rules are fitted on.
        held_out: that they are chosen on.
        test: that they are judged on.
        costs: `[members]`, multiply-adds of each.
        names: of the members.
        epochs: of the networks without costs that see all probabilities; 0 leaves them out.

    Returns:
        {"samples": images of each split, "members": rows of `_member`, "rows": rows of `_row`, "bundles": []}.
    """
    members = [_member(name, 1 - test.errors[:, i].mean(), costs, i, test) for i, name in enumerate(names)]
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


def _member(name: str, accuracy: float, costs, i: int, test: rules.Split) -> dict:
    """A member alone: accuracy and its standard error in percent, multiply-adds, and cost relative to the last one."""
    own = {"accuracy": float(100 * accuracy), "error": rules.standard_error(accuracy, len(test.labels))}
    return {"name": name} | own | {"macs": float(costs[i]), "relative": float(costs[i] / costs[-1])}


def _row(defers, test: rules.Split, costs, members: list[dict]) -> dict:
    """What decisions reach.

    Returns:
        {"accuracy", "error": its standard error, "idk": rate of the first member, "answered": share of the images that
        each member answers, all in percent, "macs": mean multiply-adds, "relative": to the last member's, "beaten_by":
        the cheapest member alone that is as accurate at no more cost, or None}.
    """
    reached = test.harden(defers, costs)
    answered = np.array([1.0, *reached.idk]) - np.array([*reached.idk, 0.0])
    row = {
        "accuracy": float(100 * reached.accuracy),
        "error": rules.standard_error(reached.accuracy, len(test.labels)),
        "idk": float(100 * reached.idk[0]),
        "answered": [float(100 * share) for share in answered],
        "macs": float(reached.cost),
        "relative": float(reached.cost / costs[-1]),
    }
    better = (m["name"] for m in members if m["macs"] <= row["macs"] and m["accuracy"] >= row["accuracy"] - 1e-9)
    return row | {"beaten_by": next(better, None)}


ITEMS = {"table 4.2": table_4_2}
BUNDLED = {"table 4.2": chain_rows}
