"""The items of a batch: each a transfer or a journal with its own idempotency key, decoded one by one."""

from __future__ import annotations

from typing import Any

import msgspec

from journals.api.bodies import BatchRequest, JournalItem, TransferItem, overrides
from journals.drafts import Draft
from journals.errors import OverrideNotPermitted
from ledgerflow.core.errors import Malformed
from ledgerflow.core.json_bodies import decode_json, refuse_duplicate_members

TRANSFER = msgspec.json.Decoder(TransferItem)
JOURNAL = msgspec.json.Decoder(JournalItem)
Item = TransferItem | JournalItem
AnyDecoder = msgspec.json.Decoder[Any]
QUOTES = 6
OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def texts_of(batch: BatchRequest, body: bytes) -> list[bytes]:
    """The JSON of each item. Raises `Malformed` when the batch itself, which `body` holds, names a member twice."""
    texts = [bytes(raw) for raw in batch.items]
    outside = body.count(b'"') - sum(text.count(b'"') for text in texts)
    # "mode": "each", "items", and perhaps "dry_run": any other count is looked at closely.
    if outside != QUOTES + 2 * batch.dry_run:
        refuse_duplicate_members(body)
    return texts


def read_item(text: bytes, actor: str, *, may_override: bool) -> Draft:
    """The draft an item asks for.

    Raises `Malformed` with a pointer into the item, `PermissionMissing` when it overrides limits or a lock and may
    not.
    """
    item = _decoded(text)
    if isinstance(item, JournalItem) or not item.is_plain(text, texts=bool(item.idempotency_key)):
        refuse_duplicate_members(text)
    if overrides(item) and not may_override:
        pointer = "/override_limits" if item.override_limits else "/override_lock"
        raise OverrideNotPermitted(pointer=pointer, scope="manage")
    return item.draft(item.idempotency_key, actor)


def _decoded(text: bytes) -> Item:
    """A guess by the bytes saves a second look at nearly every item; a wrong one fails, and is then put right."""
    guess: AnyDecoder = JOURNAL if b'"lines"' in text else TRANSFER
    try:
        item: Item = decode_json(text, guess)
    except Malformed:
        right: AnyDecoder = JOURNAL if "lines" in decode_json(text, OBJECT) else TRANSFER
        if right is guess:
            raise
        item = decode_json(text, right)
    return item
