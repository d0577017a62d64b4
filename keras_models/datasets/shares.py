"""Which pictures are trained on, and which decide, choose and judge: by what they show, not by their names or order.

A class's pictures are put in the order of the SHA-256 of their content, and cut at the shares. So the same pictures are
shared out alike whatever they are called and however they are listed, and of those that were there before others came
only few near the cuts change sides. What nearly repeats one another stays on one side.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

TRAIN, VALIDATION, HELD_OUT, TEST = "train", "validation", "held_out", "test"
SPLITS = (TRAIN, VALIDATION, HELD_OUT, TEST)
WHOLE = ""  # the part that pictures are given in where they are not given in several
# What is shared out: to be trained on, to fit policies on, to choose operating points on, to be tested on.
SHARES = {TRAIN: 0.6, VALIDATION: 0.13, HELD_OUT: 0.07, TEST: 0.2}
_OF_TRAIN = {TRAIN: 0.75, VALIDATION: 0.16, HELD_OUT: 0.09}
_OF_VALIDATION = {VALIDATION: 0.65, HELD_OUT: 0.35}
# Pictures that nearly repeat one another and stay together: as many at most, or that share of their class. More of
# them, such as trousers on black, are a kind of picture, and would tip the scales.
TOGETHER, SHARE_TOGETHER = 10, 0.02


def shares_of(parts: Collection[str]) -> dict[str, dict[str, float]]:
    """The splits that pictures given in some parts go to: part -> split -> share. One of them is TRAIN or WHOLE.

    Without a test part that of validation is tested on; without both, some of what was to be trained on.
    """
    if TEST in parts and VALIDATION in parts:
        return {TRAIN: {TRAIN: 1.0}, VALIDATION: _OF_VALIDATION, TEST: {TEST: 1.0}}
    judged = [part for part in (TEST, VALIDATION) if part in parts]
    if judged:
        return {TRAIN: _OF_TRAIN, judged[0]: {TEST: 1.0}}
    return dict.fromkeys(parts, SHARES)


def share_out(digests: Sequence[bytes], groups: Sequence[int], shares: Mapping[str, float]) -> dict[str, list[int]]:
    """Shares out the pictures of a class.

    Args:
        digests: SHA-256 of the content of each.
        groups: a number for each; those that have the same one nearly repeat one another.
        shares: split -> share, in all 1.

    Returns:
        split -> rows of the pictures, in the order of their digests.
    """
    members: dict[int, list[int]] = {}
    for row in sorted(range(len(digests)), key=lambda row: (digests[row], row)):
        members.setdefault(groups[row], []).append(row)
    most = max(TOGETHER, SHARE_TOGETHER * len(digests))
    units = [rows for rows in members.values() if len(rows) <= most]
    units += [[row] for rows in members.values() if len(rows) > most for row in rows]
    units.sort(key=lambda rows: (digests[rows[0]], rows[0]))
    ends = np.rint(np.cumsum(list(shares.values())) * len(digests))
    middles = np.cumsum([0, *map(len, units)])[:-1] + np.array([len(rows) for rows in units]) / 2
    sides = np.searchsorted(ends, middles, side="right")
    names, found = list(shares), {split: [] for split in shares}
    for rows, side in zip(units, sides, strict=True):
        found[names[side]] += rows
    return found
