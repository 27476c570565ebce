"""What a header says of all below it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID


class Declaring(Protocol):
    """What is read of an account."""

    @property
    def parent_id(self) -> UUID | None: ...
    @property
    def cash_flow(self) -> str: ...
    @property
    def term(self) -> str: ...


def declared_terms(accounts: Mapping[UUID, Declaring]) -> dict[UUID, str]:
    """The term of each account: its own, else that of the nearest header above it that has one, else ""."""
    own = {id_: account.term for id_, account in accounts.items() if account.term}
    return {one: _nearest(accounts, one, own) for one in accounts}


def declared_cash_flows(accounts: Mapping[UUID, Declaring]) -> dict[UUID, str]:
    """The same of `cash_flow`."""
    own = {id_: account.cash_flow for id_, account in accounts.items() if account.cash_flow}
    return {one: _nearest(accounts, one, own) for one in accounts}


def _nearest(accounts: Mapping[UUID, Declaring], account: UUID, own: Mapping[UUID, str]) -> str:
    at: UUID | None = account
    while own and at is not None:
        if at in own:
            return own[at]
        at = accounts[at].parent_id
    return ""
