"""Text that runs from right to left, put into the order in which it is drawn. Pure.

The part of the Unicode Bidirectional Algorithm (UAX #9) that names and descriptions need: runs of one direction,
numbers inside them, mirrored brackets. No explicit embeddings. Letters are not joined.
"""

from __future__ import annotations

import re
import unicodedata

_CONTROLS = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MIRRORED = str.maketrans("()[]{}<>«»\u2039\u203a", ")(][}{><»«\u203a\u2039")
_NEUTRAL = re.compile("[^LRN]+")
# Bidirectional classes that matter here: left, right, number, separator, terminator; anything else is neutral.
_KINDS = {"L": "L", "R": "R", "AL": "R", "EN": "N", "AN": "N", "ES": "s", "CS": "s", "ET": "t"}


def visual(text: str) -> str:
    """The text in the order of drawing, without the invisible characters that steer it."""
    if text.isascii():
        return text
    text = _CONTROLS.sub("", unicodedata.normalize("NFC", text))
    clusters = _clusters(text)
    kinds = "".join(_KINDS.get(unicodedata.bidirectional(cluster[0]), "o") for cluster in clusters)
    if "R" not in kinds:
        return text
    levels = _levels(kinds)
    drawn = [
        cluster.translate(_MIRRORED) if level == 1 else cluster for cluster, level in zip(clusters, levels, strict=True)
    ]
    return "".join(drawn[place] for place in _order(levels))


def _clusters(text: str) -> list[str]:
    """Each character with the marks that stand on it."""
    clusters: list[str] = []
    for character in text:
        if clusters and unicodedata.category(character)[0] == "M":
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _levels(kinds: str) -> list[int]:
    """Embedding levels: 0 and 2 run to the right, 1 to the left; the first letter decides what the line does."""
    base = 1 if next(kind for kind in kinds if kind in "LR") == "R" else 0
    kinds = re.sub("(?<=N)s(?=N)", "N", kinds)
    kinds = re.sub("(?<=N)t+|t+(?=N)", lambda found: "N" * len(found[0]), kinds)
    levels, previous = [], "R" if base else "L"
    for kind in kinds:
        previous = kind if kind in "LR" else previous
        inward = base or previous == "R"  # left-to-right text and numbers stand inside what runs to the left
        levels.append({"L": 2 * base, "R": 1, "N": 2 if inward else 0}.get(kind, base))
    for gap in _NEUTRAL.finditer(kinds):
        before, after = gap.start() - 1, gap.end()
        sides = {_side(kinds, levels, place, base) for place in (before, after)}
        if len(sides) == 1:
            level = 1 if sides.pop() else 2 * base
            levels[gap.start() : gap.end()] = [level] * (after - before - 1)
    return levels


def _side(kinds: str, levels: list[int], place: int, base: int) -> bool:
    """Whether what stands at `place` runs to the left, for the neutral beside it; numbers inside such text do."""
    if not 0 <= place < len(kinds):
        return bool(base)
    return kinds[place] == "R" or (kinds[place] == "N" and levels[place] > 0)


def _order(levels: list[int]) -> list[int]:
    """Places in the order of drawing: what is on a level or above it is turned round, the highest first (rule L2)."""
    order = list(range(len(levels)))
    for level in (2, 1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end + 1
    return order
