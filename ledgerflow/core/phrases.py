"""Sentences that are kept or sent in English and shown in any language, and reading back what fills their places. Pure.

Events, answers and jobs hold sentences with figures as machines read them. Where a page shows one, its places are
found again by its sentence, so that it can be said in another language and figures be written as people write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from ledgerflow.core.errors import LedgerError

LEAST = 8  # letters outside of its places that a sentence is known by; in fewer, each place holds one word
_PLACE = re.compile(r"\{([a-z_]+)(![rs])?(?::[^{}]*)?\}")
_known: list[str] = []


class ReadBack(NamedTuple):
    sentence: str
    data: dict[str, str]


def phrase(sentence: str) -> str:
    """The same text, which is known from now on; the names of its data are in braces, as in the template of a refusal.

    It is marked for translation by being said here.
    """
    _known.append(sentence)
    return sentence


def read_back(text: str) -> ReadBack | None:
    """Which sentence a text is, and what is in its places; None for one that nobody has made known."""
    for sentences in (tuple(_known), _templates()):
        for sentence, pattern in _patterns(sentences):
            match = pattern.fullmatch(text)
            if match is not None:
                return ReadBack(sentence, match.groupdict())
    return None


@cache
def _patterns(sentences: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    """What says most outside of its places is tried first."""
    found = {sentence: len(_PLACE.sub("", sentence)) for sentence in sentences}
    ordered = sorted(found, key=lambda one: (-found[one], one))
    return [(one, re.compile(_pattern(one, r".+?" if found[one] >= LEAST else r"\S+?"), re.DOTALL)) for one in ordered]


def _templates() -> tuple[str, ...]:
    return tuple(kind.template for kind in _kinds(LedgerError) if len(_PLACE.sub("", kind.template)) >= LEAST)


def _kinds(base: type[LedgerError]) -> Iterator[type[LedgerError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _pattern(sentence: str, held: str) -> str:
    parts, last, names = [], 0, set()
    for place in _PLACE.finditer(sentence):
        parts.append(re.escape(sentence[last : place.start()]))
        name, is_quoted = place[1], place[2] == "!r"
        shown = f"(?P={name})" if name in names else f"(?P<{name}>{held})"
        parts.append(f"['\"]{shown}['\"]" if is_quoted else shown)
        names.add(name)
        last = place.end()
    return "".join([*parts, re.escape(sentence[last:])])
