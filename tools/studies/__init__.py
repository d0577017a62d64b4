"""Studies: the tables and figures of papers, and comparisons, built on the library; nothing but commands imports them.

`tools/reproduce.py PAPER` takes the tables and figures of a paper, by its network's family or by what the paper calls
it, from the module that `PAPERS` names. It offers

    TITLE          name of the system on the pages
    ITEMS          name of an item, such as "table 1" -> how it is computed, written down and drawn, a `pages.Item`
    DATASETS       data set -> preset of the paper's network, the default first
    QUICK          preset of the small network for --quick
    FIRST_STAGE    whether the first stage of the training is enough for it: the study fits what decides itself
    fitting(study) how it was fitted, one clause for the foot of a page
"""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from tools.options import option

PAPERS = {"epnet": "tools.studies.epnet", "idk": "tools.studies.idk"}


@dataclass(frozen=True)
class Effort:
    """How much is done: passes for what is fitted, shifts of every image, and seeds where spread is shown."""

    policy_epochs: int = option(20, "passes for each set of controllers (default: 20)")
    views: int = option(4, "shifts of every image to fit on (default: 4)")
    seeds: int = option(5, "where spread is shown (default: 5)")


@dataclass(frozen=True)
class Reproduction:
    """What is to be reproduced, as `tools/reproduce.py --help` describes it.

    items: such as "table 1"; all if there are none. bundles: folders of bundles of the run, for the items that take
    some.
    """

    family: str
    items: tuple[str, ...] = ()
    dataset: str | None = option(None, "one of the document's (default: its first)", type=str, metavar="TASK")
    preset: str | None = option(
        None, "another network than the document's, a preset of that data set", type=str, metavar="PRESET"
    )
    run: str | None = option(
        None, "a run folder to use or to make (default: runs/ and the preset)", type=str, metavar="RUN"
    )
    epochs: int | None = option(None, "passes for the first stage (default: the preset's)", type=int)
    effort: Effort = Effort()
    seed: int = option(0, "of the training (default: 0)")
    quick: bool = option(False, "the same on a small network of digits in minutes, to see that it works")
    out: str | None = option(None, "pages and pictures (default: docs/results/FAMILY)", type=str, metavar="FOLDER")
    bundles: tuple[str, ...] = ()

    @property
    def paper(self) -> ModuleType:
        """The module of the family's tables and figures."""
        return import_module(PAPERS[self.family])
