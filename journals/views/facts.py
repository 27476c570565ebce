"""The members of facts that the views are made of, as they are written: texts stay texts, JSON stays JSON. Pure.

The facts themselves (`journals.events`) would make values of all that, only for them to become texts again. Members
that are not here are skipped.
"""

from __future__ import annotations

import msgspec


class ViewedLine(msgspec.Struct, frozen=True, gc=False):
    account: str
    amount: str
    currency: str
    side: str
    description: str = ""


class ViewedBalance(msgspec.Struct, frozen=True, gc=False):
    account: str
    debits: str
    credits: str
    held: str
    version: int


class ViewedJournal(msgspec.Struct, frozen=True):
    id: str
    number: int
    kind: str
    layer: str
    effective_date: str
    lines: msgspec.Raw
    balances: list[ViewedBalance]
    description: str = ""
    external_reference: str = ""
    metadata: msgspec.Raw = msgspec.Raw(b"null")
    reverses: str | None = None
    original_date: str | None = None


class ViewedHold(msgspec.Struct, frozen=True):
    id: str
    account: str
    currency: str
    moved: str
    status: str
    balance: ViewedBalance
    description: str = ""
    external_reference: str = ""
    metadata: msgspec.Raw = msgspec.Raw(b"null")


class ViewedAccount(msgspec.Struct, frozen=True):
    code: str
    name: str
    owner_id: str = ""


read_journal = msgspec.json.Decoder(ViewedJournal).decode
read_lines = msgspec.json.Decoder(list[ViewedLine]).decode
read_hold = msgspec.json.Decoder(ViewedHold).decode
read_account = msgspec.json.Decoder(ViewedAccount).decode
