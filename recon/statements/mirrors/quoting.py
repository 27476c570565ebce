"""What another party may quote of a posting of ours: the references of its journal, and who it was for. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

LONGEST_TAG = 64  # a longer value of metadata is no reference
MOST_TAGS = 8
COUNTERPARTY = "counterparty"


class Quoted(NamedTuple):
    """The short texts in the metadata of a journal, which may be references, and its other party."""

    tags: list[str]
    counterparty: str


def quoted(metadata: Any) -> Quoted:
    """Read from the metadata of a journal, whatever is in it."""
    values = metadata if isinstance(metadata, dict) else {}
    tags = [value for name, value in values.items() if name != COUNTERPARTY and _is_tag(value)]
    counterparty = values.get(COUNTERPARTY)
    return Quoted(tags[:MOST_TAGS], counterparty if isinstance(counterparty, str) else "")


def _is_tag(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TAG
