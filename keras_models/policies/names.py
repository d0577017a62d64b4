"""The names of exit policies on a command line, checked without TensorFlow."""

from __future__ import annotations

OWN, STATIC, FITTED, QUANTILE, SHARED, FIXED = "own", "static", "fitted", "quantile", "shared", "fixed"
COST = "cost"
# statistic -> lowest and highest threshold that makes sense, the ends included
STATISTICS = {
    "max_softmax": (-1.0, 2.0),
    "entropy": (-1.0, 100.0),
    "margin": (-1.0, 2.0),
    "patience": (-1.0, 1000.0),
    "random": (-1.0, 2.0),
}

HELP = (
    "who decides: own, the network's rules as they were trained (default); at exits also max_softmax, entropy, margin, "
    "patience or random with one threshold for all exits, chosen for every operating point, or given as in "
    "entropy:0.2; fitted or fitted:entropy, a threshold for every exit fitted on held-out images; quantile, MSDNet's "
    "solver; cost, the logistic of an IDK cascade fitted for a sweep of prices; static, nobody"
)


def check(text: str) -> tuple[str, str, float | None]:
    """(solver, statistic, value) that a text such as "entropy:0.2" names. Raises ValueError for another text."""
    name, colon, word = text.partition(":")
    if text in (OWN, STATIC, QUANTILE):
        return text, "max_softmax", None
    if text == COST:
        return COST, "entropy", None
    if name == FITTED and (not colon or word in STATISTICS):
        return FITTED, word or "max_softmax", None
    if name in STATISTICS and not colon:
        return SHARED, name, None
    if name in STATISTICS:
        low, high = STATISTICS[name]
        try:
            value = float(word)
        except ValueError:
            value = float("nan")
        if low <= value <= high:
            return FIXED, name, value
        raise ValueError(f"expected a threshold from {low:g} to {high:g} for {name}, received {word!r}")
    known = ", ".join((OWN, *STATISTICS, FITTED, QUANTILE, COST, STATIC))
    raise ValueError(f"expected a policy ({known}), such as entropy:0.2 or fitted:entropy, received {text!r}")
