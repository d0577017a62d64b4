"""Small int8 bundles of all families, which all runtimes are tested with: `python -m tests.goldens.families [NAME ..]`.

The family that the tests alone add is among them: what one file adds runs everywhere.

They are trained and converted, so another machine may give other last bits: they are kept as they were made once, and
made anew when the format or a family has changed.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from tests.families import deployment, sides, toy, toy_tasks
from tests.families.case import Case
from tests.families.tiny import TINY
from tools import machine
from tools.pipeline import conversion

HERE = Path(__file__).parent / "families"
NETWORKS = TINY | {toy.NAME: toy.TINY, toy_tasks.NAME: toy_tasks.TINY}
KEPT = ("manifest.json", "parts", "golden", "tables")  # what a runtime reads


def make(family: str, folder: Path) -> None:
    """Writes the bundle of a family's tiny network, with operating points that reach every side of every decision."""
    with tempfile.TemporaryDirectory() as room:
        case = Case(NETWORKS[family].family or family, NETWORKS[family], Path(room))
        work = case.conversion(quantize="int8", calibration_images=16)
        kept_float = {name for name, part in case.network.parts().items() if part.keep_float}
        conversion.quantize_units(work, kept_float)
        settings = sides.settings(case.network, case.begin(case.executor(work.units)))
        draft = Path(room) / "bundle"
        deployment.write(case, work, settings, draft)
        manifest = draft / "manifest.json"
        manifest.write_text(manifest.read_text().replace(room, "runs"))  # of the machine that made it: not to be told
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in KEPT:
            if (draft / name).exists():
                (draft / name).rename(folder / name)


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        toy.register(patch)
        toy_tasks.register(patch)
        patch.setattr(machine, "describe", lambda: {})
        for name in sys.argv[1:] or sorted(NETWORKS):
            np.random.seed(0)
            make(name, HERE / name)
