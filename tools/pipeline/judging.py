"""What a stage reached on the held-out images: RUN/STAGE.json, and in words."""

import math

from keras_models import datasets, presets
from tools.pipeline import observed, part_prices, runs


def judge(run: runs.Run, network, task, stage, costs) -> list[dict]:
    """Write what a stage reached on the held-out images, and return its rows."""
    values = observed.load(run, network, task, runs.HELD_OUT_SPLIT)
    rows = stage.score(values, values["labels"], costs)
    run.write(f"{stage.name}.json", {"samples": len(values["labels"]), "part_costs": costs, "points": rows})
    return rows


def told(run: runs.Run, network) -> list[str]:
    """What the judged stages of a run reached, a line a row."""
    lines = []
    for stage in runs.stages_of(run, network):
        if stage.score:
            rows = runs.kept(run.folder / f"{stage.name}.json", lambda file: presets.read_object(file)["points"])
            if rows is None:
                task = datasets.get(run.config["task"])
                costs = part_prices.part_prices(network, task, stage.settings.get("cost", "macs"))
                rows = judge(run, network, task, stage, costs)
            lines += [f"{stage.name}: " + ", ".join(f"{name} {_shown(v)}" for name, v in row.items()) for row in rows]
    return lines


def _shown(value) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "not a number (the training diverged)"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
