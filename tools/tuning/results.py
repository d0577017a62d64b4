"""What a search writes down: every trial, the best one as a preset, and the picture of all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_models import presets
from keras_models.functional.evaluation import budgeted_curve
from tools import console
from tools.reporting import figures
from tools.tuning import hyperband
from tools.tuning.options import NETWORK, SearchOptions

TRIALS, BEST, PICTURE = "trials.json", "best.json", "search.png"
MARK = {"edgecolors": "white", "linewidths": 0.8, "s": 58, "zorder": 3}


@dataclass(frozen=True)
class Facts:
    """What the files of a search tell of it.

    Attributes:
        options: of the search.
        command: that made it.
        kappa: of the operating point.
        samples: held-out images.
    """

    options: SearchOptions
    command: str
    kappa: float
    samples: int

    @property
    def source(self) -> str:
        """What the search started from."""
        return f"the {'preset' if self.options.search == NETWORK else 'run'} {Path(self.options.source).stem}"


def rows(oracle: hyperband.Oracle) -> list[dict]:
    """Every trial in the order of their start: what it was, how it ended and, where it was completed, its result."""
    return [_row(oracle, oracle.trials[name]) for name in oracle.start_order]


def _row(oracle, trial) -> dict:
    values = trial.hyperparameters.values
    row = {"trial": trial.trial_id, "status": trial.status, "epochs": values["tuner/epochs"]}
    row |= {"values": hyperband.own_values(values)}
    if trial.status == "FAILED":
        row["message"] = hyperband.last_line(trial.message)
    if trial.status == "COMPLETED":
        row |= {"objective": trial.score, **json.loads(oracle.result_file(trial.trial_id).read_text())}
    return row


def best(rows: Sequence[dict]) -> dict | None:
    """The completed trial with the best objective among those of the most epochs; None where there is none.

    What few epochs reach is not what the settings are for: Hyperband's early rounds only tell what to go on with.
    """
    return max((row for row in rows if row["status"] == "COMPLETED"), default=None, key=_rank)


def _rank(row: dict) -> tuple:
    return row["epochs"], row["objective"]


def best_preset(row: Mapping, preset: Mapping, facts: Facts) -> dict:
    """A preset of the best trial, in full."""
    made = dict(preset) | {
        "source": f"found around {facts.source} by `{facts.command}`",
        "expected": (
            f"on {facts.samples:,} held-out images {row['accuracy']:.2%} at {console.count(row['cost'])} of "
            f"{console.count(row['macs'])} multiply-adds, benefit {row['benefit']:.2f}, area {row['area']:.2f}, "
            f"after {row['epochs']} epochs in the search"
        ),
    }
    made = json.loads(json.dumps(made))
    presets.check(made)
    return made


def write(folder: Path, oracle: hyperband.Oracle, trials, facts: Facts) -> dict:
    """Writes the files of a search as it stands; returns {"trials": rows, "best": the row, "preset": of it}."""
    every = rows(oracle)
    top = best(every)
    preset = top and best_preset(top, trials.preset(top["values"], top["epochs"]), facts)
    hyperband.write_json(folder / TRIALS, every)
    if top:
        hyperband.write_json(folder / BEST, preset)
        draft = folder / f".{PICTURE}"
        draw(every, facts, draft)
        draft.replace(folder / PICTURE)
    return {"trials": every, "best": top, "preset": preset}


def draw(rows: Sequence[dict], facts: Facts, file: Path) -> None:
    """Draws cost against accuracy at the operating point: a dot a trial, the front that none beats, and the best."""
    done = [row for row in rows if row["status"] == "COMPLETED"]
    cost, reached = [row["cost"] / 1e6 for row in done], [100 * row["accuracy"] for row in done]

    def paint(figure, axes):
        [axis] = axes
        _front(axis, cost, reached)
        _dots(axis, done)
        _star(axis, best(rows), facts.options.objective)
        axis.set_xlabel(f"million multiply-adds an image, mean at kappa {facts.kappa:g}")
        axis.set_ylabel("accuracy on the held-out images, %")
        axis.set_title(f"{facts.options.search} of {Path(facts.options.source).stem}{_failed(rows)}")
        axis.margins(0.08)
        figure.legend(loc="outside right upper")

    figures.draw_png(file, paint, size=(8.8, 4.6))


def _dots(axes, done: list[dict]) -> None:
    rungs = sorted({row["epochs"] for row in done})
    for place, epochs in enumerate(rungs):
        here = [row for row in done if row["epochs"] == epochs]
        at = [row["cost"] / 1e6 for row in here], [100 * row["accuracy"] for row in here]
        own = figures.ramp((place + 1) / len(rungs))  # the more epochs, the stronger
        axes.scatter(*at, color=own, label=f"trial of {epochs} epoch{'s' * (epochs > 1)}", **MARK)


def _front(axes, cost, reached) -> None:
    front = budgeted_curve(reached, cost)
    ends = [[*front[:, 0], max(cost)], [*front[:, 1], front[-1, 1]]]
    axes.step(*ends, where="post", color=figures.colour("grey"), linewidth=1.2, zorder=2, label="best for its cost")


def _star(axes, row: dict, objective: str) -> None:
    at = {"marker": "*", "s": 210, "edgecolors": "white", "linewidths": 0.8, "zorder": 4}
    label = f"best {objective}, {row['objective']:.2f}"
    axes.scatter([row["cost"] / 1e6], [100 * row["accuracy"]], color=figures.colour("red"), label=label, **at)


def _failed(rows: list[dict]) -> str:
    count = sum(row["status"] == "FAILED" for row in rows)
    return f"; {count} failed" if count else ""
