"""The tables of EPNet's pages as lines of Markdown, and their pictures, from the rows that `epnet.py` computes."""

import numpy as np

from tflite.conversion.table import Table
from tools.reporting import figures
from tools.studies.pages import percent


def write_table_1(result: dict) -> list[str]:
    """Budget-constrained accuracy, beside the paper's."""
    text = (
        f"The budget is what EPNet fitted for kappa {result['kappa']:g} spends on the test images, "
        f"{result['budget']:.1%} of the static network's multiply-adds, heads and controllers counted. acc^b is the "
        "exact expectation; in brackets one draw of the random labels, seed 0. Settings of one for all, of ranked "
        "answers, of fitted thresholds, of the quantiles, patience and random exits are chosen on held-out images, to "
        "fit the budget there; BranchyNet in budget on the test images, as in the paper."
    )
    header = ["policy", "acc^b %", "rank", "accuracy %", "multiply-adds", "finished", "paper: acc^b / accuracy %"]
    rows = []
    for row in result["rows"]:
        budgeted = f"{percent(row['budgeted'])} ({percent(row['drawn'])})"
        reached = [percent(row["accuracy"]), f"{row['share']:.1%}", f"{row['finished']:.1%}"]
        printed = f"{row['printed'][0]:.2f} / {row['printed'][1]:.2f}" if row["printed"] else ""
        rows.append([row["name"], budgeted, row["rank"], *reached, printed])
    return [text, Table(header, rows).markdown()]


def write_table_2(result: dict) -> list[str]:
    """Sizes of controllers, beside the paper's."""
    text = (
        f"Controllers fitted for kappa {result['kappa']:g} alone; multiply-adds include heads and controllers, those "
        "of the controllers are the mean over the exits. The paper's column is of its CIFAR-10 network."
    )
    header = ["f_in", "f_cat", "benefit (spread over seeds)", "accuracy %", "multiply-adds", "controllers"]
    header += ["paper: benefit, accuracy %, total, controllers"]
    rows = []
    for row in result["rows"]:
        f_in, f_cat = (", ".join(map(str, row[key])) or "none" for key in ("f_in", "f_cat"))
        benefit, reached, total, controllers = row["printed"]
        ours = f"{row['benefit']:.2f} ({row['spread']:.2f}, {row['seeds']} seeds)"
        spent = f"{row['accuracy']:.2f}", f"{row['macs']:.3e}", f"{row['controllers']:,.0f}"
        printed = f"{benefit:.2f}, {reached:.2f}, {total:.3e}, {controllers:.0f}"
        rows.append([f_in, f"{f_cat}, 1", ours, *spent, printed])
    return [text, Table(header, rows).markdown()]


def write_figure_6(result: dict) -> list[str]:
    """The curves as a table."""
    kappas = result["kappas"]
    text = (
        "Benefit, 100 * (accuracy - kappa * cost in average convolutions), on the test images. Oracle: one threshold "
        "tuned on the test images for each price; tuned: on those that controllers are fitted on."
    )
    rows = [
        [name, *(f"{score:.2f}" for score in scores), *[""] * (len(kappas) - len(scores))]
        for name, scores in result["curves"].items()
    ]
    return [text, Table(["policy", *(f"kappa {kappa:g}" for kappa in kappas)], rows).markdown()]


def write_figure_9(result: dict) -> list[str]:
    """The bars as a table."""
    header, rows = ["exit", "accuracy on all %", "on those that left there %", "left there"], []
    for i, (whole, leaving, rate) in enumerate(zip(result["whole"], result["leaving"], result["rate"], strict=True), 1):
        rows.append([i, percent(whole), percent(leaving), f"{rate:.1%}"])
    return [f"EPNet fitted for kappa {result['kappa']:g}, test images.", Table(header, rows).markdown()]


def write_figure_10(result: dict) -> list[str]:
    """Where both ended."""
    text = (
        f"Expected benefit at kappa {result['kappa']:g} on held-out images after every epoch, equal steps, no warm-up."
    )
    header = ["estimator", "seeds", "at the end: mean", "lowest", "highest"]
    header.append("epochs to 99 % of the exact gradient's end")
    rows = []
    ended = np.mean(np.array(result["curves"]["exact"])[:, -1])
    goal = ended - 0.01 * abs(ended)  # a benefit may be below zero
    for name, curves in result["curves"].items():
        curves = np.array(curves)
        reached = np.flatnonzero(curves.mean(0) >= goal)
        epochs = str(reached[0] + 1) if len(reached) else "not reached"
        end = curves[:, -1]
        rows.append([name, len(end), *(f"{value:.2f}" for value in (end.mean(), end.min(), end.max())), epochs])
    return [text, Table(header, rows).markdown()]


def paint_figure_6(axes, result: dict) -> None:
    """One line a policy; EPNet's are thick."""
    for number, (name, scores) in enumerate(result["curves"].items()):
        [line] = axes[0].plot(result["kappas"][: len(scores)], scores, **figures.series(number), label=name)
        line.set_linewidth(2.4 if name.startswith("EPNet") else 1.2)
    axes[0].set(xlabel="price of an average convolution, kappa", ylabel="benefit, percent")
    low = min(min(scores) for name, scores in result["curves"].items() if name != "ResNet")
    axes[0].set_ylim(bottom=low - 5)
    axes[0].legend()


def paint_exit_rates(axes, result: dict) -> None:
    """One panel a price, one line a kind of image."""
    for panel, kappa, rates in zip(axes, result["kappas"], result["rates"], strict=True):
        for number, (kind, rate) in enumerate(zip(result["kinds"], rates, strict=True)):
            numbers = range(1, len(rate) + 1)
            panel.plot(numbers, 100 * np.array(rate), **figures.series(number), label=kind.replace("_", " "))
        panel.set(xlabel="exit", title=f"kappa {kappa:g}", xticks=list(numbers))
    axes[0].set_ylabel("left up to this exit, percent")
    axes[-1].legend()


def paint_figure_9(axes, result: dict) -> None:
    """Two bars an exit, and how many left there as a line."""
    numbers = np.arange(1, len(result["rate"]) + 1)
    axes[0].bar(numbers - 0.2, 100 * np.array(result["whole"]), 0.4, label="accuracy on all images")
    axes[0].bar(numbers + 0.2, 100 * np.array(result["leaving"], float), 0.4, label="accuracy on those that left there")
    axes[0].plot(numbers, 100 * np.array(result["rate"]), color=figures.colour("ink"), marker=".", label="left there")
    axes[0].set(xlabel="exit", ylabel="percent", xticks=list(numbers), ylim=(0, 125))
    axes[0].legend(loc="upper center", ncols=3)


def paint_figure_10(axes, result: dict) -> None:
    """Mean and range over the seeds."""
    for name, label in (("exact", "exact gradient"), ("reinforce", "REINFORCE with a baseline")):
        curves = np.array(result["curves"][name])
        epochs = np.arange(1, curves.shape[1] + 1)
        [line] = axes[0].plot(epochs, curves.mean(0), label=label)
        axes[0].fill_between(epochs, curves.min(0), curves.max(0), color=line.get_color(), alpha=0.2, linewidth=0)
    axes[0].set(xlabel="epoch", ylabel="expected benefit, percent")
    axes[0].xaxis.get_major_locator().set_params(integer=True)
    axes[0].legend()
