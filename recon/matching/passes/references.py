"""What a reference is called once banks have had their way with it: cut, in capitals, with spaces and prefixes. Pure.

A name is a reference or a word in capitals, without spaces, punctuation and accents, and with the letters that are read
as digits (O, I, L, S, B, Z) written as these digits, on both sides alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from recon.matching.passes.shapes import ReconItem

# A longer text is read so far and no further: what a bank sends has 140 characters, rarely 390.
MOST_CHARACTERS = 1000
MOST_WORDS = 48
MOST_REFERENCES = 16
JOINED_WORDS = 5
SHORTEST_NAME = 3
SHORTEST_CORE = 4
SHORTEST_IN_TEXT = 5
SHORTEST_CUT = 6
LONGEST_NAME = 64

_WORD = re.compile(r"[^\W_]+")
_RUN = re.compile(r"[0-9]{5,}")
_DIGIT = re.compile(r"[0-9]")
_FOLD = str.maketrans("OILSBZ", "011582")
# Words that banks and people put before a number. They are left out only where a digit follows.
_PREFIX = re.compile(
    r"^(?:INVOICE|INV|RECHNUNG|RGNR|RENR|RG|RE|RNR|RF|REFERENCE|REF|EREF|KREF|MREF|SVWZ|ROC|NR|NO|PO|SO|ORDER|PAYMENT|PMT)+"
    r"(?=[0-9])"
)


def upper(text: str) -> str:
    """In capitals and without accents; full-width characters become plain ones."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text[:MOST_CHARACTERS]) if not unicodedata.combining(c))
    return text[:MOST_CHARACTERS].upper()


def names(reference: str) -> Iterator[str]:
    """The names of a whole reference: all of it, and what remains without prefix and leading zeros."""
    compact = "".join(_WORD.findall(upper(reference)))
    if len(compact) >= SHORTEST_NAME:
        yield compact.translate(_FOLD)
    core = _PREFIX.sub("", compact).lstrip("0")
    if len(core) >= SHORTEST_CORE and core != compact and _DIGIT.search(core):
        yield core.translate(_FOLD)


def runs(reference: str) -> Iterator[str]:
    """The numbers in a reference: all its digits together, and each five or more that stand together."""
    compact = "".join(_WORD.findall(upper(reference)))
    digits = "".join(_DIGIT.findall(compact))
    if len(digits) >= SHORTEST_IN_TEXT:
        yield digits
    yield from _RUN.findall(compact)


class CutName(NamedTuple):
    """A name that may be a part of a longer one: cut at its end, at its beginning, or at neither."""

    name: str
    may_go_on: bool
    may_begin_before: bool


def cut_names(words: list[str]) -> Iterator[CutName]:
    """Joined words with a digit. Where a word with a digit follows, the reference goes on, and says something else."""
    numeric = [_DIGIT.search(word) is not None for word in words]
    folded = [word.translate(_FOLD) for word in words]
    for start in range(len(words)):
        for end in range(start + 1, min(start + JOINED_WORDS, len(words)) + 1):
            joined = "".join(folded[start:end])
            if any(numeric[start:end]) and SHORTEST_CUT <= len(joined) <= LONGEST_NAME:
                yield CutName(joined, not any(numeric[end : end + 1]), not any(numeric[max(start - 1, 0) : start]))


def names_in_text(words: list[str]) -> Iterator[str]:
    """Words, and up to five neighbours joined, that hold a digit: a bank puts spaces into a reference."""
    folded = [word.translate(_FOLD) for word in words]
    numeric = [_DIGIT.search(word) is not None for word in words]
    for start in range(len(words)):
        joined, has_digit = "", False
        for end in range(start, min(start + JOINED_WORDS, len(words))):
            joined += folded[end]
            has_digit = has_digit or numeric[end]
            if len(joined) > LONGEST_NAME:
                break
            if has_digit and len(joined) >= SHORTEST_IN_TEXT:
                yield joined
                if joined[0] == "0":
                    yield joined.lstrip("0")


def runs_in_text(words: list[str]) -> Iterator[str]:
    """Each five or more digits of one word; letters read as digits count where the word holds true digits."""
    for word in words:
        if _DIGIT.search(word):
            yield from _RUN.findall(word)
            yield from _RUN.findall(word.translate(_FOLD))


def words_of(item: ReconItem) -> list[str]:
    """The words of an item's references and text, as far as they are read."""
    found: list[str] = []
    for text in (*item.references[:MOST_REFERENCES], item.text):
        found += _WORD.findall(upper(text))
        if len(found) > MOST_WORDS:
            break
    return found[:MOST_WORDS]


def digits_of(item: ReconItem) -> set[str]:
    """The numbers that an item's references hold, to see whether two items name different ones."""
    return {run for reference in item.references[:MOST_REFERENCES] for run in runs(reference)}
