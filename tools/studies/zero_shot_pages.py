"""The comparison of zero-shot learners, written down in the form of the source's tables 5.2, 5.3, 5.4 and 5.6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tflite.conversion.table import Table
from tools import machine
from tools.reporting import figures
from tools.studies.few_shot import SHOTS
from tools.studies.pages import page
from tools.studies.zero_shot import ATTRIBUTES, NAMES, TAUGHT, WAYS
from tools.studies.zero_shot_printed import TABLE_2, TABLE_3, TABLE_4, TABLE_6

Found = Mapping[str, Sequence[Mapping]]
MEASURES = ("u", "s", "H")
TOPS = ("AP", "top_1", "top_2", "top_3")


def mean(rows: Sequence[Mapping], *path: str) -> str:
    """A number of the rows of several seeds in percent: their mean, and with several their standard deviation."""
    values = [100 * _at(row, path) for row in rows]
    spread = f" ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
    return f"{np.mean(values):.1f}{spread}"


def _at(row, path):
    for key in path:
        row = row[key]
    return row


def of(found: Found, described: str) -> dict[str, Sequence[Mapping]]:
    """Title -> rows of the ways that describe classes so, as far as there are any."""
    return {way.title: found[name] for name, way in WAYS.items() if way.described == described and found.get(name)}


def table_2(found: Found, described: str) -> str:
    """Zero-shot and generalised zero-shot, as it is and with calibrated stacking."""
    cells = []
    for title, rows in of(found, described).items():
        printed = [" / ".join(f"{n:.1f}" for n in some) for some in TABLE_2.get(title, ())] or ["", ""]
        plain, stacked = ([mean(rows, how, one) for one in MEASURES] for how in ("plain", "calibrated"))
        cells.append([title, len(rows), mean(rows, "T1"), *plain, *stacked, *printed])
    header = ["", "seeds", "T1", *MEASURES, *(f"{one}, calibrated" for one in MEASURES)]
    return Table([*header, "source, AWA1: T1 / u / s / H", "source, aPY"], cells).markdown()


def table_3(found: Found) -> str:
    """H with the embedding loss and without it, both as it is."""
    cells = [
        [
            title,
            *(mean(of(found, d)[title], "plain", "H") if title in of(found, d) else "" for d in (ATTRIBUTES, NAMES)),
        ]
        + [f"{number:.1f}" for number in printed]
        for title, printed in TABLE_3.items()
    ]
    header = ["H", "by attributes", "by names", *(f"source, {name}" for name in ("SUN", "CUB", "AWA1", "AWA2", "aPY"))]
    return Table(header, cells).markdown()


def table_4(found: Found) -> str:
    """Composition: new pairs alone, known by the names of their parts."""
    cells = []
    for title, rows in of(found, NAMES).items():
        printed = [" / ".join(f"{n:.1f}" for n in some) for some in TABLE_4.get(title, ())] or ["", ""]
        cells.append([title, len(rows), *(mean(rows, top) for top in TOPS), *printed])
    header = ["", "seeds", "AP", "top-1", "top-2", "top-3"]
    sources = ["source, MIT-States: AP / top-1 / top-2 / top-3", "source, VRD"]
    return Table([*header, *sources], cells).markdown()


def table_6(found: Found) -> str:
    """Few examples."""
    cells = []
    rows = found.get(TAUGHT, ())
    for title, printed in TABLE_6.items() if rows else ():
        ours = [
            mean([row["shots"][title][str(n)] for row in rows], f"{side} top-{k}")
            for k in (5, 1)
            for side in ("novel", "all")
            for n in SHOTS
        ]
        cells.append([title, *ours, " / ".join(f"{n:.1f}" for n in printed)])
    header = [f"{side} n={n}, top-{k}" for k in (5, 1) for side in ("novel", "all") for n in SHOTS]
    return Table(["", *header, "source, top-5: novel 1 / 2, all 1 / 2"], cells).markdown()


def gains(found: Found) -> list[str]:
    """Sentences: what TAFE-Net has over the best baseline and over itself without the embedding loss."""
    told = []
    for described in (ATTRIBUTES, NAMES):
        rows = of(found, described)
        means = {t: float(np.mean([100 * row["plain"]["H"] for row in some])) for t, some in rows.items()}
        others = {title: value for title, value in means.items() if not title.startswith("TAFE")}
        if "TAFE-Net" not in means or not others:
            continue
        best = max(others, key=others.get)
        text = f"By {described}: H is {means['TAFE-Net'] - others[best]:+.1f} points against {best}, the best baseline"
        without = means.get("TAFE-Net without the embedding loss")
        more = "" if without is None else f", and {means['TAFE-Net'] - without:+.1f} against itself without that loss"
        told.append(f"{text}{more}.")
    return told


def text(found: Found, how: str, bundle: str, picture: str, command: str) -> str:
    """The page. how: TAFE-Net was trained. bundle: what a converted network reaches, or nothing."""
    blocks = [
        "# TAFE-Net on pairs of colour and kind",
        "Rendered pictures stand for photographs here: single things of 96 x 96 pixels, of 160 pairs of 8 colours and "
        "20 kinds; 800 pictures of 100 pairs to train on, 400 to test, a third of them of 40 pairs that no training "
        "picture shows. Features are those of EfficientNet-Lite0 with weights of ImageNet, frozen, in the place of a "
        "ResNet's; layers are 128 wide in the place of 2048. So numbers of the source (X. Wang, UC Berkeley 2020, "
        "chapter 5) are beside ours for their form and order, not to be reached. All ways see the same features. "
        "Percent, mean and standard deviation over seeds.",
        *gains(found),
        "The source prints 15.9 points (AWA1) and 17.4 (aPY) against the best discriminative way, and -0.1 to +6.3 for "
        "the loss. By few examples TAFE-Net is ahead here; new pairs have kinds and colours in common with met ones.",
        f"![Accuracy on new pairs, met pairs, and their harmonic mean]({picture})",
        "## Zero-shot and generalised zero-shot: table 5.2",
        "T1: new pairs among new pairs. u and s: new and met pairs where all 140 may be answered; H is their harmonic "
        "mean. Calibrated: met pairs have a handicap, the best one on validation pictures, whose new pairs are others "
        "(calibrated stacking). A pair is described by what its kind has (13 attributes) and by red, green and blue: "
        "pyramid and house, cross and gear, bottle and pawn have the same attributes.",
        table_2(found, ATTRIBUTES),
        "The same with the names of kind and colour as the description, one of 20 and one of 8:",
        table_2(found, NAMES),
        "## The embedding loss: table 5.3",
        table_3(found),
        "## Compositions: table 5.4",
        "New pairs among new pairs, by names. AP: mean over the pairs of the average precision with which their "
        "pictures are retrieved.",
        table_4(found),
        "## Few examples: table 5.6",
        "New pairs of which one or two pictures are examples, five draws each; novel: among new pairs that have more "
        "pictures than examples, all: among these and the met ones. TAFE-Net makes a row of each example, as a device "
        "does; half of its tasks were described by 1 to 5 examples in training, which costs it accuracy by names.",
        table_6(found),
        how,
        *([bundle] if bundle else []),
    ]
    return page([*blocks, *machine.foot(command)])


def draw(found: Found, file: Path) -> None:
    """u, s and H of every way, a panel a description."""

    def paint(figure, axes):
        for axis, described in zip(np.ravel(axes), (ATTRIBUTES, NAMES), strict=True):
            rows = of(found, described)
            for place, measure in enumerate(MEASURES):
                values = [100 * np.mean([row["plain"][measure] for row in some]) for some in rows.values()]
                at = np.arange(len(rows)) + 0.27 * (place - 1)
                axis.barh(at, values, 0.25, color=figures.colour(figures.SERIES[place]), label=measure)
            names = [title.replace(" without the", ",\nwithout").replace(", half", ",\nhalf") for title in rows]
            axis.set(
                title=f"by {described}", yticks=range(len(rows)), yticklabels=names, xlabel="percent", xlim=(0, 100)
            )
            axis.invert_yaxis()
        np.ravel(axes)[0].legend(loc="upper right", fontsize=8)

    figures.draw_png(file, paint, (1, 2), (11.0, 5.0))
