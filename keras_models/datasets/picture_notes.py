"""What a user should know of pictures of his own before a network is trained on them, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from keras_models.datasets.near_duplicates import FARTHEST
from keras_models.datasets.picture_files import KINDS
from keras_models.datasets.picture_folders import Listing, some
from keras_models.datasets.picture_store import Facts
from keras_models.datasets.shares import SPLITS, TRAIN, WHOLE

LEAST = 5  # pictures of a class to be trained on, and to be shared out where they are
FEW = 50  # to be trained on, below which it is told
IMBALANCE = 3.0  # how many times as many pictures as another a class may have before it is told


def check_given(origin: str, listing: Listing, facts: Facts) -> None:
    """Raises ValueError if a class has too few pictures to be trained on."""
    whole = any(entry.part == WHOLE for entry in listing.entries)
    counts = dict.fromkeys(range(len(listing.labels)), 0)
    for entry, readable in zip(listing.entries, facts.readable, strict=True):
        counts[entry.label] += bool(readable and (whole or entry.part == TRAIN))
    poor = [f"{count} of {listing.labels[label]}" for label, count in counts.items() if count < LEAST]
    if poor:
        raise ValueError(
            f"{origin}: expected at least {LEAST} readable pictures of every class to be trained on, received "
            f"{some(poor)}: add some, or leave the class out"
        )


def check_splits(origin: str, rows: Mapping[str, list[int]]) -> None:
    """Raises ValueError if a split has no pictures. rows: of the pictures of each."""
    if not all(rows.values()):
        shown = ", ".join(f"{len(own)} of {split}" for split, own in rows.items())
        raise ValueError(f"{origin}: expected pictures for every split, some dozens a class, received {shown}")


def notes(listing: Listing, facts: Facts, rows: Mapping[str, list[int]], couples: np.ndarray, channels: int) -> list:
    """Sentences about what was left out and changed, about classes, and about pictures that are there twice.

    Args:
        rows: of `listing` and `facts`, of each split.
        couples: int `[k, 2]`, rows of near-duplicates, the nearest first.
        channels: that the network sees.
    """
    labels = np.array([entry.label for entry in listing.entries])
    counts = _counts(listing, {split: labels[own] for split, own in rows.items()})
    return [
        *listing.notes,
        *_left_out(listing, facts),
        *_changed(facts, channels),
        *_classes(listing, counts),
        *_twice(listing, facts, rows, couples),
    ]


def _counts(listing: Listing, labels: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {split: np.bincount(own, minlength=len(listing.labels)) for split, own in labels.items()}


def _left_out(listing: Listing, facts: Facts) -> Iterator[str]:
    names = [entry.name for entry, fine in zip(listing.entries, facts.readable, strict=True) if not fine]
    if names:
        yield f"left out, for no picture can be read there: {some(names)}"


def _changed(facts: Facts, channels: int) -> Iterator[str]:
    kinds = facts.kinds[facts.readable]
    counts = {kind: int((kinds >> bit & 1).sum()) for bit, kind in enumerate(KINDS)}
    if channels == 1:
        del counts["grey"]
    words = [f"{count:,} {kind}" for kind, count in counts.items() if count]
    if words:
        yield (
            f"brought to {'grey' if channels == 1 else 'RGB'} of 8 bits, upright, on white, the first of several: "
            f"{', '.join(words)}"
        )


def _classes(listing: Listing, counts: Mapping[str, np.ndarray]) -> Iterator[str]:
    trained = counts[TRAIN]
    few = [f"{name} ({count})" for name, count in zip(listing.labels, trained, strict=True) if count < FEW]
    if few:
        yield f"few pictures to be trained on, so that much is chance: {some(few)}; {FEW} and more are wanted"
    for split in SPLITS[1:]:
        none = [name for name, count in zip(listing.labels, counts[split], strict=True) if not count]
        if none:
            yield f"no picture in {split}, so that nothing is told by it: {some(none)}"
    most, least = int(np.argmax(trained)), int(np.argmin(trained))
    if trained[most] >= IMBALANCE * trained[least]:
        yield (
            f"{listing.labels[most]} has {trained[most]:,} pictures to be trained on, {listing.labels[least]} "
            f"{trained[least]:,}: --class-weights balanced lets classes weigh alike"
        )


def _twice(listing: Listing, facts: Facts, rows: Mapping[str, list[int]], couples: np.ndarray) -> Iterator[str]:
    """Pictures that are there more than once: in several classes, and in several splits."""
    side = np.full(len(listing.entries), -1)
    for place, split in enumerate(SPLITS):
        side[rows[split]] = place
    same = np.array([facts.digests[a] == facts.digests[b] for a, b in couples], bool)
    labels = np.array([entry.label for entry in listing.entries])[couples]
    names = [
        f"{listing.entries[a].name} = {listing.entries[b].name}"
        for a, b in couples[same & (labels[:, 0] != labels[:, 1])]
    ]
    if names:
        yield f"the same picture is in two classes: {some(names)}"
    sides = np.sort(side[couples], axis=1)
    for place in range(1, len(SPLITS)):
        for before in range(place):
            chosen = (sides == [before, place]).all(axis=1)
            if chosen.any():
                yield _between(listing, side, couples[chosen], same[chosen], before, place)


def _between(listing: Listing, side: np.ndarray, couples: np.ndarray, same: np.ndarray, before: int, place: int) -> str:
    """What is told of near-duplicates of one split in one before it."""
    own = np.where(side[couples[:, 0]] == place, couples[:, 0], couples[:, 1])
    others = couples.sum(axis=1) - own
    names = [f"{listing.entries[a].name} ~ {listing.entries[b].name}" for a, b in zip(own, others, strict=True)]
    return (
        f"{len(np.unique(own)):,} of {(side == place).sum():,} pictures of {SPLITS[place]} nearly repeat one of "
        f"{SPLITS[before]} ({len(np.unique(own[same])):,} exactly; thumbnails at most {FARTHEST} apart), so that "
        f"{SPLITS[place]} promises too much: {some(names)}"
    )
