"""Compares exit policies on the float network of a run, batch by batch: what tools/evaluate.py does with a run folder.

Nothing is skipped here and no time is taken: a bundle is what runs. Settings are chosen on the held-out split, with all
exits kept, and judged on another.
"""

from __future__ import annotations

import numpy as np

from keras_models import datasets
from keras_models.base import live_steps, path_costs
from keras_models.functional import evaluation
from tools import console, decisions, kept_exits, operating_points, part_prices, policies, runs
from tools.reporting.table import Table


def evaluate(run, texts, split: str, cost: str = "macs") -> dict:
    """Every exit by itself, and one row a policy and operating point; the whole network only as the policy "static".

    cost: what policies save and rows tell, "macs" or "arm64": instructions of the parts as int8 models on the phone.

    Returns:
        {"cost": its unit, "exits": rows of `cut_short`, "policies": rows}, a row being {"policy", "name": of the
        operating point, "parameters", "accuracy": 0..1, UNIT: mean, "share": of the static network's, "groups": {kind:
        {"accuracy", "share"}}, "exits": {name: share}}, where UNIT is "macs" or "arm64_instructions".
    """
    network, task = runs.load_model(run), datasets.get(run.config["task"])
    held_out = decisions.load(run, network, task, runs.HELD_OUT_SPLIT)
    judged = decisions.load(run, network, task, split)
    unit, prices = "macs" if cost == "macs" else "arm64_instructions", part_prices.part_prices(network, task, cost)
    static = static_cost(network, prices)
    names = [step["name"] for step in network.program() if step["op"] in ("exit", "answer")]
    kinds = task.group_names if "groups" in judged else ()
    rows = []
    for text in console.progress(texts, "policies"):
        policy = policies.parse(text, network)
        own = part_prices.part_prices(policy.chain, task, cost) if policy.chain is not network else prices
        kept = kept_exits.open_exits(run, policy, len(names))
        grid = operating_points.Grid(policy.look(held_out))
        points = grid.solve(kept, policy.chain.exit_prices(own))
        look, spent = policy.look(judged), policy.chain.exit_costs(own)
        if policy.name == policies.STATIC:
            spent[-1] = static
        else:
            del points[operating_points.FULL]  # the static network's row stands for all of them
        for name, point in points.items():
            row = {"policy": text, "name": name, "parameters": point.parameters}
            exits = look.exits(point.parameters, kept)
            rows.append(row | judge(look.correct, exits, judged.get("groups"), names, kinds, spent, static, unit))
    cuts = {name: static_cost(network, prices, name) for name in names}
    return {"cost": unit, "exits": cut_short(judged, cuts, kinds, static, unit), "policies": rows}


def judge(correct, exits, groups, names, kinds, spent, static: float, unit: str) -> dict:
    """The part of a row that depends on where the images left: its summary, the exits' shares, and the kinds alone."""
    row = summary(correct, exits, spent, static, unit)
    row["exits"] = dict(zip(names, np.bincount(exits, minlength=len(names)) / len(exits), strict=True))
    row["groups"] = {
        kind: summary(correct[groups == k], exits[groups == k], spent, static, unit) for k, kind in enumerate(kinds)
    }
    return row


def cut_short(judged: dict, cuts: dict, kinds, static: float, unit: str) -> list[dict]:
    """Every exit as if all images left there and the network ended: {"name", "accuracy", UNIT, "share", "groups"}."""
    correct, rows = evaluation.correct_answers(judged["logits"], judged["labels"]), []
    for i, (name, spent) in enumerate(cuts.items()):
        groups = {kind: float(correct[judged["groups"] == k, i].mean()) for k, kind in enumerate(kinds)}
        row = {"name": name, "accuracy": float(correct[:, i].mean()), unit: spent, "share": spent / static}
        rows.append(row | {"groups": groups})
    return rows


def static_cost(network, prices: dict | None = None, exit_name: str | None = None) -> float:
    """Cost of the network without exits, whole or cut short at one: one classifier, and nobody decides.

    prices: of each part; None is its multiply-adds.
    """
    program = network.program()
    names = [step.get("name") for step in program]
    end = program[names.index(exit_name) if exit_name else -1]
    steps = [step for step in program[: program.index(end)] if step["op"] != "exit"]
    steps = live_steps([*steps, {"op": "answer", "value": end["value"]}])
    return float(path_costs(steps, prices or {name: cost.macs for name, cost in network.part_costs.items()})[-1])


def summary(correct, exits, costs, static: float, unit: str) -> dict[str, float]:
    """Accuracy and mean cost of leaving through these exits."""
    spent = float(np.mean(costs[exits]))
    return {"accuracy": evaluation.accuracy(correct, exits), unit: spent, "share": spent / float(static)}


def table(found: dict) -> str:
    """What `evaluate` found as lines for people."""
    rows, unit = found["policies"], found["cost"]
    heading, words = ("mult-adds", "multiply-adds") if unit == "macs" else ("arm64 instr", "arm64 instructions")
    kinds = list(rows[0]["groups"])

    def cells(row):
        return [f"{row['accuracy']:.2%}", console.count(row[unit]), f"{row['share']:.1%}"]

    def groups(row, shape):
        return [shape(value) for value in row["groups"].values()]

    header = ["accuracy", heading, "share", *kinds]
    note = f"(share: of the static network's {words}" + ("; by kind: accuracy/share)" if kinds else ")")
    both = "{0[accuracy]:.1%}/{0[share]:.0%}".format
    reached = [[row["policy"], row["name"], *cells(row), *groups(row, both)] for row in rows]
    exits = [[row["name"], *cells(row), *groups(row, "{:.1%}".format)] for row in found["exits"]]
    points = Table(["policy", "point", *header], reached, "ll" + "r" * len(header), caption=note)
    return f"{points.text()}\n\n{Table(['cut short at', *header], exits).text()}"
