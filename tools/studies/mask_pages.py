"""The page of masks for kinds that had boxes alone: a table written from numbers alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tflite.conversion.table import Table
from tools import machine
from tools.studies import pages
from tools.studies.few_shots_pages import cell
from tools.studies.mask_study import TITLES

# AP, AP50, AP75 of masks on kinds without masks: table 8.1, R-50-FPN, masks of non-VOC kinds, tested on VOC's.
PRINTED = {"baseline": (23.9, 42.9, 23.5), "shapeprop": (34.4, 59.6, 35.2), "full": (37.5, 63.1, 38.9)}
COLUMNS = ("ap", "ap50", "ap75")


def table(trials) -> Table:
    """A row a variant; the source's beside it where it prints one."""
    rows = []
    for variant in dict.fromkeys(row["variant"] for row in trials):
        own = [row for row in trials if row["variant"] == variant]
        names = [f"{side}_{column}" for side in ("without", "masked") for column in COLUMNS]
        rows.append([TITLES[variant], *(cell([row[name] for row in own]) for name in names)])
        if variant in PRINTED:
            rows.append(["  the source, on COCO", *(f"{one:.1f}" for one in PRINTED[variant]), "", "", ""])
    header = ["", *(f"{name}, {side}" for side in ("no masks", "masks") for name in ("AP", "AP50", "AP75"))]
    return Table(header, rows)


def gain(trials) -> str:
    """What ShapeProp adds to the mask head alone where there were no masks, in one sentence."""
    means = {}
    for variant in ("baseline", "shapeprop"):
        own = [row["without_ap"] for row in trials if row["variant"] == variant]
        if not own:
            return ""
        means[variant] = sum(own) / len(own)
    apart = means["shapeprop"] - means["baseline"]
    return f"ShapeProp against the mask head alone, on kinds without masks: {apart:+.1f} AP (the source: +10.5)."


def text(report: Mapping) -> str:
    """The page. report: of `compare`, with "command", "made" and "date"."""
    settings, boxes = report["settings"], report["boxes"]
    scaled = (
        f"The scenes are **rendered, not photographs** ({settings['task']}: {settings['pixels']} pixels), and "
        "everything is smaller than in the source (COCO, ResNet-50-FPN, 90,000 steps of 16 pictures). The detector is "
        "that of [TFA's page](tfa.md), trained on boxes of all these kinds and then left as it is, so that all rows "
        "have the same boxes; the source trains all of it at once. A mask branch sees 14 x 14 cells of features at a "
        f"quarter of the picture and is trained for {settings['steps']} steps of 64 things ({settings['scenes']} "
        f"scenes). Masks are known of {', '.join(settings['masked'])}, and not of {', '.join(settings['without'])}, "
        f"except where all kinds have them. COCO's AP of masks on {settings['judged']} test scenes; "
        f"{settings['seeds']} seed of the branch, one detector. GrabCut, another baseline of the source, is missing."
    )
    shared = (
        f"Boxes: AP {boxes['without_ap']:.1f} (AP50 {boxes['without_ap50']:.1f}) of the kinds without masks, "
        f"{boxes['masked_ap']:.1f} ({boxes['masked_ap50']:.1f}) of the others."
    )
    made = f"`{report['command']}`, {machine.line(report['made'])}."
    blocks = ["# Masks of kinds that had boxes alone (ShapeProp)", scaled, made, shared]
    return "\n\n".join([*blocks, table(report["trials"]).markdown(), gain(report["trials"])]) + "\n"


def write(report: Mapping, file: Path) -> None:
    """Writes the page, and its numbers as JSON beside it."""
    pages.put(file, text(report), report)
