"""Tables of cases worked out by hand, which the tests of both runtimes read: the twins have to agree on every line.

JSON has no word for numbers that are not finite, so they are the texts "nan", "inf" and "-inf".
"""

import json
from pathlib import Path

HERE = Path(__file__).parent / "tables"


def table(name):
    """The cases of `tables/NAME.json`."""
    return json.loads((HERE / f"{name}.json").read_text())


def numbers(values):
    """Numbers of a table as floats."""
    return [float(value) for value in values]
