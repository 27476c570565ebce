"""What a journal of other books becomes in these: its kind, its layer, what it reverses. Pure.

A kind belongs to the room that posts it: a year end looks for its closing entries, a settlement for its two journals.
So a journal keeps its kind only where no room takes it for its own. Every other one is of the kind `imported`, and its
metadata say what it was. Reports count the layer, not the kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from journals.drafts import MIN_LINES, ORDINARY, Draft, Line
from journals.portability.errors import TransferHasTwoLines
from ledgerflow.files.items import read_date

ORIGIN_FIELDS = frozenset({"kind", "layer", "original_date", "reverses"})
KEPT = frozenset({"manual", "transfer", "opening", "imported"})
REVERSAL, IMPORTED = "reversal", "imported"
ORIGINAL_KIND = "original_kind"


class Reversing(Draft, frozen=True):
    """A journal that reverses the one with the key `reverses_key`, which the writer looks for."""

    reverses_key: str = ""


class Origin(NamedTuple):
    """What the columns of an export say of a journal beside its lines."""

    kind: str
    layer: str
    original_date: date | None
    reverses_key: str
    metadata: dict[str, Any] | None


def origin_of(fields: Mapping[str, str], lines: Sequence[Line], metadata: dict[str, Any] | None) -> Origin:
    """What the journal is here. Raises `Malformed` for a date that is none and a transfer of many lines."""
    named, reverses = fields.get("kind", ""), fields.get("reverses", "")
    kind = named or "manual"
    if kind == "transfer" and len(lines) != MIN_LINES:
        raise TransferHasTwoLines(pointer="/lines", lines=len(lines))
    if kind not in KEPT and not (kind == REVERSAL and reverses):
        # Metadata of the same name are somebody's own, and stay.
        kind, metadata = IMPORTED, {ORIGINAL_KIND: named} | (metadata or {})
    moved_from = read_date(fields.get("original_date", ""), None)
    return Origin(kind, fields.get("layer", "") or ORDINARY, moved_from, reverses, metadata)
