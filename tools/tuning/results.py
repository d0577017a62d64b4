"""What a search writes down: every trial, the best one as a preset, and the picture of all."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from keras_models import presets
from keras_models.functional.evaluation import budgeted_curve
from tools import console
from tools.pipeline import runs
from tools.reporting import figures
from tools.tuning import hyperband
from tools.tuning.options import NETWORK, SearchOptions

TRIALS, BEST, PICTURE = "trials.json", "best.json", "search.png"
MARK = {"edgecolors": "white", "linewidths": 0.8, "s": 58, "zorder": 3}


def rows(oracle: hyperband.Oracle) -> list[dict]:
    """Every trial in the order of their start: what it was, how it ended and, where it was completed, its result."""
    found = []
    for trial in (oracle.trials[name] for name in oracle.start_order):
        values = trial.hyperparameters.values
        row = {"trial": trial.trial_id, "status": trial.status, "epochs": values["tuner/epochs"]}
        row |= {"values": hyperband.own_values(values)}
        if trial.status == "FAILED":
            row["message"] = hyperband.last_line(trial.message)
        if trial.status == "COMPLETED":
            row |= {"objective": trial.score, **json.loads(oracle.result_file(trial.trial_id).read_text())}
        found.append(row)
    return found


def best(rows: Sequence[dict]) -> dict | None:
    """The completed trial with the best objective among those of the most epochs; None where there is none.

    What few epochs reach is not what the settings are for: Hyperband's early rounds only tell what to go on with.
    """
    done = (row for row in rows if row["status"] == "COMPLETED")
    return max(done, default=None, key=lambda row: (row["epochs"], row["objective"]))


def best_preset(row: Mapping, trials, command: str) -> dict:
    """A preset of the best trial, in full. trials: of the search, that the command made."""
    kind = "preset" if trials.options.search == NETWORK else "run"
    made = trials.preset(row["values"], row["epochs"]) | {
        "source": f"found around the {kind} {Path(trials.options.source).stem} by `{command}`",
        "expected": (
            f"on {trials.judged:,} held-out images {row['accuracy']:.2%} at {console.count(row['cost'])} of "
            f"{console.count(row['macs'])} multiply-adds, benefit {row['benefit']:.2f}, area {row['area']:.2f}, "
            f"after {row['epochs']} epochs in the search"
        ),
    }
    made = json.loads(json.dumps(made))
    presets.check(made)
    return made


def write(folder: Path, oracle: hyperband.Oracle, trials, command: str) -> dict:
    """Writes the files of a search as it stands; returns {"trials": rows, "best": the row, "preset": of it}."""
    every = rows(oracle)
    top = best(every)
    preset = top and best_preset(top, trials, command)
    runs.write_json(folder / TRIALS, every)
    if top:
        runs.write_json(folder / BEST, preset)
        draw(every, trials.options, trials.judge.operating_price, folder / PICTURE)
    return {"trials": every, "best": top, "preset": preset}


def draw(rows: Sequence[dict], options: SearchOptions, price: float, file) -> None:
    """Draws cost against accuracy at a price: a dot a trial, the front that none beats, and the best."""
    done = [row for row in rows if row["status"] == "COMPLETED"]
    failed = sum(row["status"] == "FAILED" for row in rows)
    cost, reached = [row["cost"] / 1e6 for row in done], [100 * row["accuracy"] for row in done]

    def paint(figure, axes):
        [axis] = axes
        front = budgeted_curve(reached, cost)
        ends = [[*front[:, 0], max(cost)], [*front[:, 1], front[-1, 1]]]
        axis.step(*ends, where="post", color=figures.colour("grey"), linewidth=1.2, zorder=2, label="best for its cost")
        rungs = sorted({row["epochs"] for row in done})
        for place, epochs in enumerate(rungs, 1):
            here = [row for row in done if row["epochs"] == epochs]
            at = [row["cost"] / 1e6 for row in here], [100 * row["accuracy"] for row in here]
            own = figures.ramp(place / len(rungs))  # the more epochs, the stronger
            axis.scatter(*at, color=own, label=f"trial of {epochs} epoch{'s' * (epochs > 1)}", **MARK)
        top, star = best(rows), MARK | {"marker": "*", "s": 210, "zorder": 4, "color": figures.colour("red")}
        star |= {"label": f"best {options.objective}, {top['objective']:.2f}"}
        axis.scatter([top["cost"] / 1e6], [100 * top["accuracy"]], **star)
        axis.set_xlabel(f"million multiply-adds an image, mean at a price of {price:g}")
        axis.set_ylabel("accuracy on the held-out images, %")
        source = Path(options.source).stem.replace("$", r"\$")  # which matplotlib takes for mathematics
        axis.set_title(f"{options.search} of {source}{f'; {failed} failed' if failed else ''}")
        axis.margins(0.08)
        figure.legend(loc="outside right upper")

    figures.draw_png(file, paint, size=(8.8, 4.6))
