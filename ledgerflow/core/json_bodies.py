"""JSON that somebody sent, decoded into a struct: what is wrong with it is a refusal with a JSON pointer. Pure.

A body of the API and a command on a topic are read by the same rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from ledgerflow.core.dates import check_day, check_moment
from ledgerflow.core.errors import FieldErrors, LedgerError, Malformed
from ledgerflow.core.errors.form import JsonTooDeep, JsonUnreadable, MemberTwice, NulRefused

Body = TypeVar("Body")
_DATELESS = frozenset({str, int, bool, type(None)})
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_MSGSPEC = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_FIELD = re.compile(r"Object (?:contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL)


def decode_json(text: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[Body]) -> Body:
    """`text` as the decoder's struct. Raises `Malformed`."""
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise malformed_by(error) from error


def check_dates(value: Any, pointer: str = "") -> None:
    """Raise `DateOutOfRange` for a date or moment anywhere in a decoded body, so that no field can forget it."""
    if isinstance(value, datetime):
        check_moment(value, pointer)
    elif isinstance(value, date):
        check_day(value, pointer)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            inner = getattr(value, name)
            if type(inner) not in _DATELESS:  # nearly all members, and a pointer for each would cost more than the rest
                check_dates(inner, f"{pointer}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            check_dates(inner, f"{pointer}/{number}")
    elif isinstance(value, dict):
        for name, inner in value.items():
            check_dates(name, pointer)
            check_dates(inner, f"{pointer}/{name}")


def refuse_duplicate_members(text: bytes | memoryview, pointer: str = "") -> None:
    """Raise `Malformed` when an object of valid JSON names a member twice: which of them counts is anybody's guess.

    Also when a text holds the NUL character, which PostgreSQL cannot store. `pointer` is where `text` stands.
    """
    text = bytes(text)
    try:
        json.loads(text, object_pairs_hook=_unique)
        if b"\\u0000" in text:
            _refuse_nul(json.loads(text), pointer)
    except _DuplicateMemberError:
        place, name = next(_duplicate_members(json.loads(text, object_pairs_hook=_Pairs), pointer))
        raise MemberTwice(pointer=place, name=name[:100]) from None
    except (RecursionError, ValueError) as error:
        raise malformed_by(error) from error


def malformed_by(error: Exception) -> LedgerError:
    """What msgspec (or the recursion limit, or UTF-8) found wrong with a body, as a refusal with a JSON pointer."""
    if isinstance(error, RecursionError):
        return JsonTooDeep()
    if not isinstance(error, msgspec.ValidationError):
        return JsonUnreadable(reason=str(error))
    found = _MSGSPEC.fullmatch(str(error))
    what, path = (found["what"], found["path"] or "") if found else (str(error), "")
    field = _FIELD.fullmatch(what)
    pointer = pointer_of(path) + (f"/{escaped(field['name'])}" if field else "")
    return Malformed(f"{what}.", pointer=pointer)


def pointer_of(path: str) -> str:
    """The path `.items[3].amount` of msgspec as the JSON pointer `/items/3/amount`, as far as it names members."""
    steps = []
    for name, index in _STEP.findall(path):
        if index == "...":
            break
        steps.append(escaped(name) if name else index)
    return "".join(f"/{step}" for step in steps)


def placed_at(error: LedgerError, pointer: str) -> LedgerError:
    """The same refusal, of a part of the request that stands at `pointer`."""
    error.pointer = pointer + error.pointer
    if isinstance(error, FieldErrors):
        error.errors = {pointer + place: what for place, what in error.errors.items()}
    return error


def escaped(name: str) -> str:
    """One step of a JSON pointer (RFC 6901 section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


class _DuplicateMemberError(Exception):
    pass


class _Pairs(list[tuple[str, Any]]):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateMemberError
    return members


def _duplicate_members(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, _Pairs):
        seen = set()
        for name, inner in value:
            place = f"{pointer}/{escaped(name)}"
            if name in seen:
                yield place, name
            seen.add(name)
            yield from _duplicate_members(inner, place)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _duplicate_members(inner, f"{pointer}/{number}")


def _refuse_nul(value: Any, pointer: str) -> None:
    if isinstance(value, str) and "\x00" in value:
        raise NulRefused(pointer=pointer)
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_nul(name, pointer)
            _refuse_nul(inner, f"{pointer}/{escaped(name)}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _refuse_nul(inner, f"{pointer}/{number}")
