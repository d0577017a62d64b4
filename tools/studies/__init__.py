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

from importlib import import_module
from types import ModuleType

PAPERS = {"epnet": "tools.studies.epnet", "idk": "tools.studies.idk"}


def load(family: str) -> ModuleType:
    """The module of a family's tables and figures."""
    return import_module(PAPERS[family])
