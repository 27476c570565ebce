"""What exceptions hear of matching, within its transaction: a confirmed match resolves those of its items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from ledgerflow.books.writing import Transaction
from recon.cases import rows
from recon.cases.events import ExceptionResolvedFact
from recon.cases.models import CaseKind, Resolution
from recon.cases.planning import CaseState, Key
from recon.cases.recording import CaseWriter, states_from
from recon.cases.running import resolved_as

Holders = dict[Key, CaseState]
# A run confirms hundreds of matches in one transaction: what is open is read once for all of them.
_open: WeakKeyDictionary[Transaction, dict[UUID, Holders]] = WeakKeyDictionary()


def resolve_matched(tx: Transaction, match: Any, items: Sequence[Any]) -> None:
    """Resolve the open exceptions of the items of a match. One of a reversal stays: a match does not explain it."""
    holders = _holders(tx, match.bank_account_id)
    if not holders:
        return
    keys: list[Key] = [("line", one.line_id) if one.line_id else ("posting", one.account_version) for one in items]
    found = {state.id: state for key in keys if (state := holders.get(key)) is not None}
    writer = CaseWriter(tx, match.actor)
    for state in found.values():
        writer.record(resolved_as(state, Resolution.MATCHED), ExceptionResolvedFact, "resolved")
        for key in state.subject.keys:
            holders.pop(key, None)
    writer.write()


def _holders(tx: Transaction, bank_account: UUID) -> Holders:
    known = _open.setdefault(tx, {})
    if bank_account not in known:
        states = states_from(tx, rows.OPEN, (bank_account,))
        mine = [state for state in states if state.kind != CaseKind.REVERSED.value]
        known[bank_account] = {key: state for state in mine for key in state.subject.keys}
    return known[bank_account]
