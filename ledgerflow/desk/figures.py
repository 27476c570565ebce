"""Looks of Home as JSON, and back. Amounts and days keep their kind, so that each reader sees his own form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ledgerflow.core.money import plain
from ledgerflow.core.plugins import HOME_MOST, Cure, HomeEntry, HomeLook

KINDS: dict[str, Callable[[str], Any]] = {
    "amount": Decimal,
    "day": date.fromisoformat,
    "moment": datetime.fromisoformat,
}


def packed_look(look: HomeLook) -> dict[str, Any]:
    """A look as it is kept; what is beyond `HOME_MOST` is only known to be there."""
    return {
        "entries": [_packed_entry(entry) for entry in look.entries[:HOME_MOST]],
        "more": len(look.entries) > HOME_MOST,
        "is_told": look.is_told,
        "calm": None if look.calm is None else _packed_entry(look.calm),
    }


def unpacked_look(kept: dict[str, Any]) -> HomeLook:
    """The same look, without what was left out."""
    calm = kept["calm"]
    return HomeLook([_entry(one) for one in kept["entries"]], None if calm is None else _entry(calm), kept["is_told"])


def _packed_entry(entry: HomeEntry) -> dict[str, Any]:
    return {
        "sentence": entry.sentence,
        "figures": {name: _packed(value) for name, value in entry.figures.items()},
        "cures": [[cure.label, cure.view, None if cure.row is None else str(cure.row)] for cure in entry.cures],
    }


def _entry(kept: dict[str, Any]) -> HomeEntry:
    figures = {name: _unpacked(value) for name, value in kept["figures"].items()}
    return HomeEntry(kept["sentence"], figures, tuple(Cure(*cure) for cure in kept["cures"]))


def _packed(value: Any) -> Any:
    if isinstance(value, str):  # PostgreSQL's jsonb has no zero character, which a message of a failure may have
        return value.replace("\x00", "")
    if isinstance(value, Decimal):
        return {"amount": plain(value)}
    if isinstance(value, datetime):  # before dates, which it is one of
        return {"moment": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _unpacked(kept: Any) -> Any:
    if not isinstance(kept, dict):
        return kept
    ((kind, text),) = kept.items()
    return KINDS[kind](text)
