"""What is asked of trials of detectors that meet new kinds or masks: the options of three commands."""

from __future__ import annotations

from dataclasses import dataclass

from tools import console
from tools.options import check_least, option

_SHOTS, _LIMIT = "examples of each kind (default: 1 2 3 5 10)", "test pictures (default: all)"
_FOLDER = "of the trials (default: %(default)s)"


@dataclass(frozen=True)
class ShotTrials:
    """Detectors that meet new kinds by feature reweighting, as `tools/compare_detectors.py --help` describes it."""

    method: list[str] | None = option(
        None, "such as fsrw or yolo_ft; may be given more than once", type=str, action="append", metavar="NAME"
    )
    shots: tuple[int, ...] = option((1, 2, 3, 5, 10), _SHOTS, type=int, nargs="+", metavar="K")
    draws: int = option(5, "of examples, for each number (default: %(default)s)")
    steps: int = option(120, "of training in a trial (default: %(default)s)")
    rate: float = option(1e-3, "peak learning rate of a trial (default: %(default)s)")
    limit: int | None = option(None, _LIMIT, type=int, metavar="N")
    folder: str = option("runs/detectors", _FOLDER, metavar="FOLDER")
    only_kept: bool = option(False, "train nothing: show what has been trained")


@dataclass(frozen=True)
class TuningTrials:
    """Those by fine-tuning the last layers, as `tools/compare_fine_tuning.py --help` describes it."""

    method: list[str] | None = option(
        None,
        "cosine, dense, learn, mean or whole; may be given more than once (default: all but whole)",
        type=str,
        action="append",
        metavar="NAME",
    )
    shots: tuple[int, ...] = option((1, 2, 3, 5, 10), _SHOTS, type=int, nargs="+", metavar="K")
    draws: int = option(5, "of examples, for each number (default: %(default)s)")
    whole_draws: int = option(1, "of them for the method whole (default: %(default)s)")
    steps: int = option(200, "of tuning the last layers (default: %(default)s)")
    rate: float = option(0.01, "its learning rate at first (default: %(default)s)")
    whole_steps: int = option(80, "of tuning the whole network (default: %(default)s)")
    limit: int | None = option(None, _LIMIT, type=int, metavar="N")
    folder: str = option("runs/fine_tuning", _FOLDER, metavar="FOLDER")
    whole_rate: float = 0.005


@dataclass(frozen=True)
class MaskTrials:
    """Masks of kinds that had boxes alone, as `tools/compare_masks.py --help` describes it.

    copies: of a thing, in boxes that are moved.
    """

    variant: list[str] | None = option(
        None,
        "baseline, shared, shapeprop, full or full_shapeprop; may be given more than once (default: all)",
        type=str,
        action="append",
        metavar="NAME",
    )
    seeds: int = option(1, "of the mask branch (default: %(default)s)")
    steps: int = option(300, "of its training (default: %(default)s)")
    rate: float = option(0.02, "its peak learning rate (default: %(default)s)")
    limit: int | None = option(None, _LIMIT, type=int, metavar="N")
    folder: str = option("runs/masks", _FOLDER, metavar="FOLDER")
    copies: int = 2


def check(asked: ShotTrials | TuningTrials | MaskTrials, out: str | None, picture: bool) -> None:
    """Raises UserError or PlaceError for what makes no sense, or cannot be written. out: the page, if any."""
    from tflite.bundle import places
    from tools.options import check_out

    counts = ("draws", "whole_draws", "seeds", "steps", "whole_steps", "limit")
    check_least(asked, **{name: 1 for name in counts if hasattr(asked, name)})
    if min(getattr(asked, "shots", (1,))) < 1 or not asked.rate > 0:
        shots = f"--shots and --rate above 0, received {list(asked.shots)} and" if hasattr(asked, "shots") else None
        raise console.UserError(f"expected {shots or '--rate above 0, received'} {asked.rate}")
    check_out(out, picture=picture)
    places.check_folder(asked.folder)
