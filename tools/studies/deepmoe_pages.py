"""The page of DeepMoE's study: tables as Markdown, and one picture, from the rows that `deepmoe.py` computes."""

from pathlib import Path

import numpy as np

from tflite.conversion.table import Table
from tools import console, machine
from tools.phone import models
from tools.reporting import figures
from tools.studies import deepmoe, pages
from tools.studies.deepmoe_study import JUDGED, ExpertStudy

# As printed for CIFAR-10 (table 3.2), errors in percent, and as said in the text of other data.
PRINTED = (
    "The source prints errors on CIFAR-10 of 6.55 % for ResNet-56 and 6.03 % for the wide DeepMoE-56 at no more "
    "multiply-adds (table 3.2), a gain of 0.52 points after 350 epochs; on CIFAR-100 31.46 and 29.77 %; and of "
    "ResNet-50 on ImageNet 26.2 % for the narrow DeepMoE with 56.8 % fewer multiply-adds, where pruning by norm (Li "
    "et al.) has 27.0 % with 19.0 % fewer (table 3.3)."
)
SCALED = (
    "Scaled: ResNet-8 behind a convolution of stride 2 in the place of ResNet-56, a few epochs of one cycle in the "
    "place of 350. Gates are on the channels inside the blocks, which alone are widened; the source has their places "
    "as a picture."
)


def blocks(found: dict) -> list[str]:
    """The page's paragraphs and tables."""
    return [
        "What does it bring that a small network looks first and says which channels an image needs, and what is left "
        f"of it on a phone? {found['samples']:,} images of {found['task']}:{JUDGED}; standard errors in brackets. "
        "Three costs: theory, in which every closed channel is free; multiply-adds of the submodels that really run; "
        "and arm64 instructions of these as int8. What looks is counted in all three.",
        PRINTED,
        "## Error against cost",
        networks_table(found["networks"]).markdown(),
        "With gates that multiply all channels (deployed whole) nothing is saved: the second and third cost are those "
        "of the network with all channels. Moved by int8: gates that it opens or closes.",
        "## Clusters of gate patterns as static networks",
        "A channel that less than the share `rare` of a cluster's training images open is removed from its network. "
        "Largest, smallest: the clusters' shares of the images. Before and fitted: without and with a training of the "
        "weights for the clusters. Moved by int8: images that go to another cluster.",
        clusters_table(found).markdown(),
        verdict(found),
        "## Gates of other images",
        *shuffled_blocks(found["shuffled"]),
        "## Which gates are open",
        *gates_blocks(found),
        SCALED,
        "Runs: " + "; ".join(row["run"] for row in (*found["networks"], *found["clusters"])) + ".",
    ]


def networks_table(rows: list[dict]) -> Table:
    """A row a network: errors in float and int8, and the three costs."""
    header = [
        "network",
        "error %",
        "int8 error %",
        "gates open",
        "moved by int8",
        "theory",
        "multiply-adds",
        "arm64 instructions",
    ]
    cells = [
        [row["name"], _error(row), _error(row["int8"]), _open(row), _moved(row, "gates"), *_costs(row)] for row in rows
    ]
    return Table(header, cells, "lrrrrrrr")


def clusters_table(found: dict) -> Table:
    """A row a number of clusters, beside the static network of its cost."""
    header = [
        "clusters",
        "rare",
        "largest, smallest",
        "error %, before",
        "fitted",
        "int8",
        "moved by int8",
        "theory",
        "multiply-adds",
    ]
    header += ["arm64 instructions", "static of that cost, int8 error %"]
    unit, rows = found["goals"]["unit"], []
    for row in sorted(found["clusters"], key=lambda row: (row["clusters"], row["rare"])):
        members = f"{row['members'][0]:.0%}, {row['members'][-1]:.0%}"
        errors = ["" if row["before"] is None else _error(row["before"]), _error(row), _error(row["int8"])]
        static = deepmoe.static_at(found["networks"], row["int8"][unit], unit)
        beside = "none" if static is None else f"{static['name']}: {_error(static['int8'])}"
        errors.append(_moved(row, "clusters"))
        rows.append([row["clusters"], f"{row['rare']:g}", members, *errors, *_costs(row), beside])
    return Table(header, rows, "rrlrrrrrrrl")


def verdict(found: dict) -> str:
    """Whether the wide network gains what is wanted, and how much of that clusters keep."""
    goals, plain = found["goals"], found["networks"][0]
    best = max((row for row in found["networks"] if row["gated"]), key=lambda row: row["accuracy"])
    told = (
        f"The most accurate network with gates, {best['name']}, is {100 * (best['accuracy'] - plain['accuracy']):+.2f} "
        f"points from the plain one, at {best['theory'] / plain['theory']:.2f} of its multiply-adds in theory. "
    )
    within = f"Within {goals['same']:g} times the plain network's"
    if goals["gain"] is None:
        return f"{told}{within} multiply-adds in theory there is none with gates: no gain can be told."
    told += (
        f"{within} multiply-adds the best one is {goals['gain']:+.2f} points from it (wanted: {goals['wanted']:+g})."
    )
    unit = "instructions" if goals["unit"] == models.UNIT else "executed multiply-adds"
    if goals["kept"] is None:
        return f"{told} {within} {unit} there are no clusters."
    reached = "at least half of that" if goals["kept"] >= max(goals["gain"], 0) / 2 else "less than half of that"
    return f"{told} {within} {unit} the best clusters are {goals['kept']:+.2f} points from it in int8: {reached}."


def shuffled_blocks(found: dict) -> list[str]:
    """Accuracy with an image's own gates and with others', class by class."""
    text = (
        f"{found['name']}. Accuracy in percent of {found['images']:,} images with their own gates, with those of "
        "images of other classes of the same coarse group (animals, vehicles), and with those of the other group, "
        f"{found['draws']} draws each. The source finds 20 to 60 % more within a group (figure 3.4, VGG-16, CIFAR-100)."
    )
    rows = [[row["label"], *_three(row)] for row in found["classes"]]
    return [
        text,
        Table(["class", "own", "in the group", "outside"], [*rows, ["all", *_three(found["mean"])]]).markdown(),
    ]


def gates_blocks(found: dict) -> list[str]:
    """The gates of each layer of every network with gates; and how alike classes are."""
    seen = found["gates"]
    header = ["network", "layer", "gates", "open", "for all images", "for none", "for some"]
    rows = [
        [row["name"], layer["layer"], layer["gates"], *(f"{layer[key]:.0%}" for key in ("open", *_KINDS))]
        for row in found["networks"]
        if row["gated"]
        for layer in row["layers"]
    ]
    told = (
        f"{seen['name']}: how often gates are open for a class, less the mean of all classes, has a correlation of "
        f"{seen['inside']:+.2f} between two classes of one group and of {seen['outside']:+.2f} between the groups."
    )
    return [Table(header, rows, "lrrrrrr").markdown(), told]


_KINDS = ("always", "never", "sometimes")


def paint(axes, found: dict) -> None:
    """Error against each cost, gates by class, gates by layer, and gates of other images."""
    for panel, (name, unit) in zip(
        axes, (("in theory", "theory"), ("executed", "macs"), (None, models.UNIT)), strict=False
    ):
        _paint_costs(panel, found, name, unit)
    _paint_gates(axes[3], found["gates"])
    _paint_layers(axes[4], found["networks"])
    _paint_shuffled(axes[5], found["shuffled"])


def _paint_costs(panel, found: dict, name: str | None, unit: str) -> None:
    kinds = {
        "static": [row for row in found["networks"] if not row["gated"]],
        "DeepMoE": [row for row in found["networks"] if row["gated"]],
        "clusters": found["clusters"],
    }
    for number, (kind, rows) in enumerate(kinds.items()):
        places = [(_cost(row, unit), 100 - 100 * row["int8"]["accuracy"]) for row in rows if _cost(row, unit)]
        options = figures.series(number) | {"linestyle": "none", "markersize": 6}
        panel.plot(*zip(*sorted(places), strict=True) if places else ([], []), label=kind, **options)
    label = "arm64 instructions" if name is None else f"multiply-adds {name}"
    panel.set(xlabel=f"{label}, millions", ylabel="int8 error, percent")
    panel.legend()


def _cost(row: dict, unit: str) -> float | None:
    cost = row["theory"] if unit == "theory" else row["int8"][unit]
    return None if cost is None else cost / 1e6


def _paint_gates(panel, seen: dict) -> None:
    panel.imshow(np.array(seen["open"]), aspect="auto", cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    for edge in np.cumsum(seen["layers"])[:-1]:
        panel.axvline(edge - 0.5, color=figures.colour("ink"), linewidth=0.8)
    panel.set_yticks(range(len(seen["labels"])), seen["labels"])
    panel.set(title="how often a gate is open, by class", xlabel="gates, layer by layer")
    panel.grid(False)


def _paint_layers(panel, networks: list[dict]) -> None:
    for number, row in enumerate(row for row in networks if row["gated"]):
        layers = row["layers"]
        shares = [100 * layer["open"] for layer in layers]
        panel.plot([layer["layer"] for layer in layers], shares, label=row["name"], **figures.series(number))
    panel.set(xlabel="layer with gates", ylabel="open gates, percent", ylim=(0, 100))
    panel.xaxis.get_major_locator().set_params(integer=True)
    panel.legend()


def _paint_shuffled(panel, seen: dict) -> None:
    places = np.arange(len(seen["classes"]))
    for number, (kind, name) in enumerate((("own", "own"), ("inside", "in the group"), ("outside", "outside"))):
        colour = figures.series(number)["color"]
        panel.bar(
            places + 0.27 * (number - 1), [100 * row[kind] for row in seen["classes"]], 0.27, label=name, color=colour
        )
    panel.set_xticks(places, [row["label"] for row in seen["classes"]], rotation=60)
    panel.set(title="gates of other images", ylabel="accuracy, percent", ylim=(0, 118))
    panel.legend(ncols=3, loc="upper center")


def _error(row: dict) -> str:
    return f"{100 - 100 * row['accuracy']:.2f} ({100 * row['standard_error']:.2f})"


def _open(row: dict) -> str:
    return f"{row['open']:.0%}" if row["gated"] else ""


def _moved(row: dict, what: str) -> str:
    share = row["int8"].get(f"{what}_moved")
    return "" if share is None else f"{share:.1%}"


def _costs(row: dict) -> list[str]:
    counts = (row["theory"], row["int8"]["macs"], row["int8"][models.UNIT])
    return ["" if count is None else console.count(count) for count in counts]


def _three(row: dict) -> list[str]:
    return [f"{100 * row[kind]:.1f}" for kind in ("own", "inside", "outside")]


def write(study: ExpertStudy, file: Path, command: str) -> Path:
    """Compute all items, and write their numbers, the page and its picture; returns the page."""
    return draw({"command": command, "machine": machine.describe()} | deepmoe.measured(study), file)


def draw(found: dict, file: Path) -> Path:
    """Write the page of what was measured, its numbers and its picture beside it; returns the page."""
    picture = file.with_suffix(".png")
    shown = pages.image("error against cost, and gates", picture)
    foot = [f"`{found['command']}`", machine.line(found["machine"])]
    pages.put(file, pages.page([f"# DeepMoE: {found['task']}", shown, *blocks(found), *foot]), found)
    figures.draw_png(picture, lambda _, axes: paint(axes, found), (2, 3), (14.0, 8.0))
    return file
