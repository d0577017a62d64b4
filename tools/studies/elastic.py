"""Deep Elastic Networks beside what they are compared with: a row a method, the aims, prices, structures by task, int8.

Ahn, Kim and Oh, ICCV 2019, tables 2, 4 and 5 and figure 6.
"""

from collections import Counter
from pathlib import Path

import numpy as np

from keras_models.functional.evaluation import standard_error
from tflite.batched.bundles import bundle_executor
from tools import console, machine, options
from tools.pipeline import runs
from tools.pipeline.sweep import CHUNK
from tools.reporting import figures
from tools.studies import elastic_pages, finished, pages
from tools.studies.elastic_study import (
    BLOCK_DROP,
    ELASTIC,
    FULL,
    NESTED,
    PLAIN,
    Answered,
    ElasticStudy,
    block_macs,
    kind,
    selector_macs,
)

SHARE = 0.45  # of the whole network's multiply-adds, the selector counted: the aim
LOST = 1.0  # points of a hundred that may be lost at that
SHOWN = 6  # structures of a task that are listed


def row(study: ElasticStudy, run: runs.Run, name: str, seen: Answered, selects: bool) -> dict:
    """What a method reaches. selects: whether the selector runs."""
    network = study.network(run)
    sizes = network.sizes[np.arange(seen.levels.shape[1]), seen.levels].sum(axis=1)
    names = study.task_names if network.tasks else (study.task_names[0],)
    by_task = {task: seen.tasks == number for number, task in enumerate(names)}
    return {
        "method": name,
        "accuracy": {task: float(seen.right[own].mean()) for task, own in by_task.items()},
        "mean": float(np.mean([seen.right[own].mean() for own in by_task.values()])),
        "error": standard_error(seen.right),
        "macs": float(seen.macs.mean()),
        "selector": selector_macs(network) if selects else 0.0,
        "macs_by_task": {task: float(seen.macs[own].mean()) for task, own in by_task.items()},
        "density": float(sizes.mean()),
        "structures": len(np.unique(seen.levels, axis=0)),
        "networks": 1,
    }


def selected_rows(study: ElasticStudy, run: runs.Run) -> list[dict]:
    """A trained selector's rows: itself, the same structures for other images, all levels at random, and everything."""
    taken = study.answered(run)
    rho = next(own["rho"] for name, own in run.config["stages"].items() if name.startswith("selector"))
    name = kind(run.config) if kind(run.config) == BLOCK_DROP else f"{kind(run.config)}, rho {rho:g}"
    rows = [row(study, run, name, taken, True)]
    if kind(run.config) == ELASTIC:
        rows.append(
            row(study, run, f"{name}: the same structures for other images", study.permuted(run, taken, "0"), False)
        )
        rows.append(row(study, run, f"{name}: levels at random", study.uniform(run), False))
    return [*rows, row(study, run, f"{name}: everything", study.whole(run), False)]


def rows_of(study: ElasticStudy, run: runs.Run) -> list[dict]:
    """The rows of a run of all tasks."""
    first = run.config["stages"]["estimator_1"]
    if kind(run.config) in (ELASTIC, PLAIN, BLOCK_DROP):
        return selected_rows(study, run)
    if kind(run.config) == FULL:
        name = "one full network for all tasks" if len(study.task_names) > 1 else FULL
        return [row(study, run, name, study.whole(run), False)]
    fractions = study.network(run).fractions
    if first["assigned"]:
        levels = ", ".join(f"{fractions[level]:g}" for level in first["assigned"])
        return [row(study, run, f"{NESTED}, {levels}", study.fixed(run, first["assigned"]), False)]
    count = len(study.task_names)
    some = [level for level, share in enumerate(fractions) if share]
    return [row(study, run, f"{NESTED}, {fractions[k]:g}", study.fixed(run, (k,) * count), False) for k in some]


def alone(study: ElasticStudy) -> list[dict]:
    """A row for a network per task, if there is a run of each; other data than the first run's."""
    wanted = study.names[1:]
    found = {run.config["task"]: run for run in study.others if run.config["task"] != study.names[0]}
    if not wanted or set(found) != set(wanted):
        return []
    seen = [row(study, found[name], FULL, study.whole(found[name]), False) for name in wanted]
    accuracy = {task: own["mean"] for task, own in zip(study.task_names, seen, strict=True)}
    macs = {task: own["macs"] for task, own in zip(study.task_names, seen, strict=True)}
    means = {name: float(np.mean([own[name] for own in seen])) for name in ("mean", "macs", "density")}
    error = float(np.sqrt(np.sum([own["error"] ** 2 for own in seen])) / len(seen))
    rest = {"selector": 0.0, "structures": 1, "networks": len(seen), "macs_by_task": macs, "error": error}
    return [{"method": "a full network per task", "accuracy": accuracy} | means | rest]


def curve(study: ElasticStudy, split: str) -> list[dict]:
    """What every price reaches, on the test images also with the same structures for other images."""
    rows = []
    for price in study.prices:
        seen = study.answered(study.run, split, price)
        found = row(study, study.run, "", seen, True) | {"price": price}
        if split == "test":
            found["permuted"] = row(study, study.run, "", study.permuted(study.run, seen, f"{price:g}"), False)["mean"]
        rows.append(found)
    return rows


def aims(study: ElasticStudy, judged: list[dict], held_out: list[dict]) -> list[dict]:
    """What was aimed at, and what is reached by the price that is the best on held-out images within the share."""
    whole = row(study, study.run, "", study.whole(study.run), False)
    within = [own for own in held_out if own["macs"] + own["selector"] <= SHARE * whole["macs"]]
    if not within:
        return [{"aim": "a price within the share", "found": "none", "reached": False}]
    price = max(within, key=lambda own: own["mean"])["price"]
    own = next(one for one in judged if one["price"] == price)
    lost, share = 100 * (whole["mean"] - own["mean"]), (own["macs"] + own["selector"]) / whole["macs"]
    gain = 100 * (own["mean"] - own["permuted"])
    error = 100 * float(np.hypot(own["error"], own["error"]))
    return [
        {
            "aim": f"at most {LOST:g} point lost at {SHARE:.0%} of the whole network's multiply-adds, selector counted",
            "found": f"{lost:.2f} points at {share:.1%}, price {price:g} (chosen on held-out images)",
            "reached": bool(lost <= LOST and share <= SHARE),
        },
        {
            "aim": "above the same structures for other images by more than two standard errors",
            "found": f"{gain:+.2f} points, standard error {error:.2f}",
            "reached": bool(gain > 2 * error),
        },
        {
            "aim": "more than one structure",
            "found": f"{own['structures']}, at price 0 {next(o for o in judged if o['price'] == 0)['structures']}",
            "reached": own["structures"] > 1,
        },
    ]


def structures(study: ElasticStudy) -> dict:
    """Which structures the tasks' test images take: the most frequent ones, and the mean share of channels by block."""
    seen, network = study.answered(study.run), study.network(study.run)
    fractions, found = np.array(network.fractions), {}
    for number, task in enumerate(study.task_names):
        levels = seen.levels[seen.tasks == number]
        counted = Counter(map(tuple, levels.tolist())).most_common(SHOWN)
        found[task] = {
            "most": [["".join(map(str, key)), count / len(levels)] for key, count in counted],
            "structures": len(np.unique(levels, axis=0)),
            "channels": fractions[levels].mean(axis=0).tolist(),
            "levels": [np.bincount(own, minlength=len(fractions)).tolist() for own in levels.T],
        }
    return found


def converted(study: ElasticStudy) -> list[dict]:
    """Every operating point of every bundle on the same test images, beside the float network."""
    task, rows = study.task, []
    images, labels, tasks = study.split("test")
    some = np.sort(np.random.default_rng(study.seed).permutation(len(images))[: study.converted_images])
    values = task.values(images[some], tasks[some])
    for bundle in study.bundles:
        executor, manifest = bundle_executor(bundle), bundle.manifest
        costs = {name: dict(part.costs) for name, part in manifest.parts.items()}
        units = sorted({unit for own in costs.values() for unit in own})
        settings = [dict(point.parameters) for point in manifest.operating_points]

        def read(outcomes, costs=costs, units=units):
            spent = outcomes.costs(costs)
            return outcomes.labels(), np.stack([spent[unit] for unit in units], axis=1)

        found = executor.under(values, settings, CHUNK, read)
        size = sum(part.bytes for part in manifest.parts.values() if part.file)
        for point, (answers, cost) in zip(manifest.operating_points, found, strict=True):
            price = point.parameters["price"]
            right = study.answered(study.run, price=price).right[some]
            rows.append(
                {
                    "bundle": manifest.name,
                    "point": point.name,
                    "price": price,
                    "float": float(right.mean()),
                    "accuracy": float(np.mean(answers == labels[some])),
                    "costs": dict(zip(units, cost.mean(axis=0).tolist(), strict=True)),
                    "bytes": size,
                    "parts": len(manifest.parts),
                    "images": len(some),
                }
            )
    return rows


def compute(study: ElasticStudy) -> dict:
    """All that the page tells, as plain rows."""
    own = [run for run in study.others if run.config["task"] == study.names[0]]
    rows = alone(study) + [found for run in own for found in rows_of(study, run)] + rows_of(study, study.run)
    judged, held_out = curve(study, "test"), curve(study, runs.HELD_OUT_SPLIT)
    network = study.network(study.run)
    return {
        "task": study.task.name,
        "tasks": list(study.task_names),
        "images": len(study.split("test")[0]),
        "rows": rows,
        "aims": aims(study, judged, held_out),
        "prices": judged,
        "structures": structures(study),
        "blocks": block_macs(network).tolist(),
        "bundles": converted(study),
    }


def trained_as(run: runs.Run) -> str:
    """How a run was trained, in one clause."""
    config = run.config
    return f"`{config['preset']}` on {config['task']} ({kind(config)}): {finished.trained_as(run)}"


def write(study: ElasticStudy, out: str | Path, command: str) -> Path:
    """Computes and writes the page of a study, its numbers and its picture."""
    file, picture = Path(out), Path(out).with_suffix(".png")
    options.check_page(file)
    rows = console.plain(compute(study))
    made = "; ".join(map(trained_as, (study.run, *study.others)))
    scaled = "The source trains each stage until it has converged; here the epochs are counted."
    foot = [f"Networks: {made}. {rows['images']:,} test images. {scaled}", *machine.foot(command)]
    shown = pages.image("accuracy against cost, and what each task runs", picture)
    blocks = [f"# Deep Elastic Networks: {study.task.name}", shown, *elastic_pages.write(rows), *foot]
    figures.draw_png(picture, lambda _, axes: elastic_pages.paint(axes, rows), (1, 3), (14.0, 4.4))
    return pages.put(file, pages.page(blocks), {"command": command, **rows})
