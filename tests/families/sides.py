"""Settings of a program's parameters under which every side of every branch, select and exit is taken by some image."""

from __future__ import annotations

import math

import numpy as np

from tflite.batched import rules
from tflite.batched.steps import walk

QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)
WIDTH = 0.1  # a threshold stands in the widest gap so near to its quantile, so that rounding moves nobody over it


def settings(network, session) -> list[dict]:
    """The defaults, what runs everything, and what reaches sides that those before do not reach."""
    plain, full = {}, network.full_depth()
    chosen, reached = [plain, full], sides(session, plain) | sides(session, full)
    for candidate in candidates(network, session):
        new = sides(session, candidate) - reached
        if new:
            chosen.append(candidate)
            reached |= new
    return chosen


def every_side(session) -> set:
    """Every (path, side) of the program, taken or not; what is done where the server fails is no decision."""
    runs = {where for where, step in walk(session.executor.program) if step["op"] == "run"}
    return {(w, side) for w, counts in session.run({}).sides().items() if w not in runs for side in counts}


def sides(session, setting) -> set:
    """Every (path, side) that an image takes under a setting."""
    counted = session.run(setting).sides()
    return {(where, side) for where, counts in counted.items() for side, count in counts.items() if count}


def candidates(network, session):
    """For each decision, thresholds at quantiles of what it compares, all other parameters at two settings."""
    program, defaults = network.program(), {n: knob.default for n, knob in network.parameters().items()}
    forced = [{w: s for w, step in walk(program) if step["op"] == "branch"} for s in ("then", "otherwise")]
    for others in (network.full_depth(), defaults):
        for force in forced:
            seen = {}

            def note(visit, outputs):
                for port, value in visit.step["outputs"].items():
                    seen.setdefault(value, []).append(outputs[port].real().reshape(len(visit.rows), -1))

            session.run(others, trace=True, force=force, after_run=note)
            for rule in (step["rule"] for _, step in walk(program) if "rule" in step):
                for quantile in QUANTILES if rule["value"] in seen else ():
                    for values in seen[rule["value"]]:
                        moved = _moved(rule, values, quantile, others)
                        yield {name: _within(network, name, value) for name, value in (others | moved).items()}


def _within(network, name, value):
    knob = network.parameters()[name]
    return float(np.clip(value, knob.minimum, knob.maximum))


def _moved(rule, values, quantile, others) -> dict:
    """The rule's own parameters so that the statistic of about that share of the values is below the threshold."""

    def number(setting):
        return others[setting["parameter"]] if isinstance(setting, dict) else setting

    if rule["rule"] != "logistic_entropy":
        at = _gap(rules.statistic(rule, values, number), quantile)
        return {rule["threshold"]["parameter"]: at} if isinstance(rule["threshold"], dict) else {}
    weight = number(rule["weight"]) or 1.0
    at = _gap(rules.entropy(rules.softmax(values.astype(float))), quantile)
    threshold = number(rule["threshold"])
    moved = {"weight": weight, "bias": math.log(threshold / (1 - threshold)) - weight * at}
    return {rule[name]["parameter"]: value for name, value in moved.items() if isinstance(rule[name], dict)}


def _gap(statistic, quantile) -> float:
    seen = np.sort(statistic)
    low, high = (int(np.clip((quantile + d) * len(seen), 0, len(seen) - 2)) for d in (-WIDTH, WIDTH))
    at = low + int(np.argmax(np.diff(seen[low : high + 2])))
    return float(seen[at : at + 2].mean())
