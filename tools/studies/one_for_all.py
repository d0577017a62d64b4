"""One set of controllers for all prices against controllers fitted for each price alone, on a frozen network."""

from collections.abc import Sequence
from pathlib import Path

from keras_models.policies import controllers
from tflite.conversion.table import Table
from tools import console, machine
from tools.pipeline import runs
from tools.reporting import figures
from tools.studies.pages import page
from tools.studies.study import Effort, Study

STAGE = "controllers"
SETTINGS = ("learning_rate", "weight_decay", "warm_up", "dropout", "kappa_weighting")  # the run's, for both kinds


def compare(run: runs.Run, kappas: Sequence[float], effort: Effort, seed: int) -> list[dict]:
    """How both kinds of controllers, fitted with the run's settings of that stage, do on the held-out split.

    Returns a row a price: {"kappa", "for_all": row of `controllers.score`, "alone": another}. Raises UserError if the
    run's network has no controllers.
    """
    if STAGE not in run.config["stages"]:
        raise console.UserError(f"expected a run with controllers, received one of the family {run.config['family']}")
    study, settings = Study(run, effort), run.config["stages"][STAGE]
    options = {name: settings[name] for name in SETTINGS}

    def scored(network, prices):
        values = study.held_out
        return controllers.score(network, values, values["labels"], kept=study.kept, kappas=prices)

    together, rows = scored(study.fitted(None, seed=seed, **options), kappas), []
    for kappa, one in zip(kappas, together, strict=True):
        [alone] = scored(study.fitted(kappa, seed=seed, **options), (kappa,))
        rows.append({"kappa": kappa, "for_all": one, "alone": alone})
    return rows


def table(rows: Sequence[dict], task: str, command: str) -> str:
    """The comparison as Markdown, with the command and the machine."""
    text = (
        "Benefit is 100 * (accuracy - kappa * cost in average convolutions), on held-out images; accuracy and share of "
        "the network's multiply-adds in brackets."
    )
    cells = []
    for row in rows:
        one, alone = row["for_all"], row["alone"]
        both = [f"{p['benefit']:.2f} ({p['accuracy']:.2%}, {p['cost']:.1%})" for p in (one, alone)]
        cells.append([f"{row['kappa']:g}", *both, f"{one['benefit'] - alone['benefit']:+.2f}"])
    found = Table(["kappa", "one for all", "for this price alone", "difference"], cells).markdown()
    return page([f"# One controller for all prices, against one for each: {task}", text, found, *machine.foot(command)])


def draw(rows: Sequence[dict], file: Path) -> None:
    """Benefit against the price, both kinds."""

    def paint(figure, axes):
        for number, (key, label) in enumerate((("for_all", "one for all prices"), ("alone", "one for each price"))):
            at = [r["kappa"] for r in rows], [r[key]["benefit"] for r in rows]
            axes[0].plot(*at, **figures.series(number), label=label)
        axes[0].set(xlabel="price of an average convolution, kappa", ylabel="benefit, percent")
        axes[0].legend()

    figures.draw_png(file, paint, size=(6, 4))
