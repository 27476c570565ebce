"""How two versions of a definition differ, member by member, for the one who decides. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ledgerflow.core import canonical

MAX_SHOWN = 200
MAX_BYTES = 12_000
NOTHING = ""


def differences(before: msgspec.Struct | None, after: msgspec.Struct) -> list[dict[str, str]]:
    """Where the definitions differ: the place as a JSON pointer, what stood there and what does now."""
    old = {} if before is None else dict(_leaves(msgspec.to_builtins(before), ""))
    new = dict(_leaves(msgspec.to_builtins(after), ""))
    places = [*new, *(place for place in old if place not in new)]
    return [
        {"at": place, "before": _shown(old.get(place, NOTHING)), "after": _shown(new.get(place, NOTHING))}
        for place in places
        if old.get(place, NOTHING) != new.get(place, NOTHING)
    ]


def shortened(found: list[dict[str, str]]) -> list[dict[str, str]]:
    """As many of the first differences as a proposal holds beside its other members."""
    shown, size = [], 0
    for one in found:
        size += len(canonical.encode(one))
        if size > MAX_BYTES:
            break
        shown.append(one)
    return shown


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Members by their place; what has a name stands under it in a list, so that one that is put in moves no other."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{place}/{name}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            named = inner.get("name", number) if isinstance(inner, dict) else number
            yield from _leaves(inner, f"{place}/{named}")
    else:
        yield place, value


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else canonical.encode(value).decode()
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
