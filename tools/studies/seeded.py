"""Comparisons whose rows are trained from several seeds each: their options, and the order in which that is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools import console
from tools.options import check_least, check_page, option

_row = partial(option, None, type=str, action="append", metavar="ROW")
_FOLDER = "the trainings (default: %(default)s)"


@dataclass(frozen=True)
class SeededRows:
    """Which rows, from which seeds."""

    row: list[str] | None = _row("by name, as in the table; may be given more than once")
    seeds: int = option(3, "from how many seeds each is trained, 0, 1, .. (default: %(default)s)")
    only_kept: bool = option(False, "train nothing: show what has been trained")
    folder: str = option("runs", _FOLDER, metavar="FOLDER")

    def validate(self, out: str | None, **least: int) -> None:
        """Raises UserError or PlaceError for what makes no sense, or cannot be written.

        Args:
            out: the page, if any.
            least: of further numbers.
        """
        from tflite.bundle import places

        check_least(self, seeds=1, **least)
        if out:
            check_page(out)
        places.check_folder(self.folder)

    def measured(
        self, ways: Mapping[str, bool], file: Callable[[str, int], Path], measure: Callable[[str, int], dict]
    ) -> dict[str, list]:
        """What each row that is asked for gave from every seed, trained where it is not kept.

        Args:
            ways: every row -> whether it is among those that are shown unless others are asked for.
            file: function of a row and a seed that tells where the numbers are kept.
            measure: function of a row and a seed that trains, and returns the numbers.

        Raises:
            UserError: an unknown row, or nothing is kept.
        """
        wanted = self.row or [name for name, usual in ways.items() if usual]
        if unknown := [name for name in wanted if name not in ways]:
            raise console.UserError(f"expected rows among {', '.join(ways)}, received {unknown[0]}")
        found: dict[str, list] = {name: [] for name in wanted}
        for seed in range(self.seeds):  # all rows of one seed first: interrupted, it has something of each
            for name in wanted:
                if not self.only_kept or file(name, seed).exists():
                    found[name].append(measure(name, seed))
        found = {name: numbers for name, numbers in found.items() if numbers}
        if not found:
            raise console.UserError(f"expected trainings in {self.folder}, received none: leave --only-kept away")
        return found


@dataclass(frozen=True)
class SharingRows(SeededRows):
    """Ways to share a network among tasks, as `tools/compare_sharing.py --help` describes it."""

    row: list[str] | None = _row("such as fishnet or single; may be given more than once")
    folder: str = option("runs/sharing", _FOLDER, metavar="FOLDER")
    epochs: tuple[int, int] | None = option(
        None, "with choices, and with fixed ones (default: the preset's)", type=int, nargs=2, metavar=("A", "B")
    )
    images: int | None = option(None, "training images of each task (default: all)", type=int, metavar="N")

    def validate(self, out: str | None, **least: int) -> None:
        """As of all."""
        super().validate(out, images=1, **least)
        if self.epochs and (min(self.epochs) < 0 or not max(self.epochs)):
            raise console.UserError(f"expected epochs of at least 0, one of them above, received {list(self.epochs)}")


@dataclass(frozen=True)
class ZeroShotRows(SeededRows):
    """Zero-shot learners, as `tools/compare_zero_shot.py --help` describes it."""

    row: list[str] | None = _row("such as tafe_names or ale_attributes; may be given more than once")
    folder: str = option("runs/zero_shot", _FOLDER, metavar="FOLDER")
    epochs: int | None = option(None, "of TAFE-Net (default: the preset's)", type=int, metavar="N")
