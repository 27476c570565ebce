"""The items of `tests.matching.mangling` as rows: postings through the use case, lines as a file brings them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from recon.matching.passes.shapes import ReconItem
from recon.matching.rows import Bank
from tests.builders import a_transfer
from tests.matches.banking import some_lines, some_postings


class Stored(NamedTuple):
    """By the ids of the items, those of the rows as runs know them."""

    lines: dict[str, str]
    postings: dict[str, str]


def stored(bank: Bank, ours: Sequence[ReconItem], lines: Sequence[ReconItem]) -> Stored:
    """Store both sides."""
    drafts = [
        a_transfer(
            *((bank.account, "SALES") if one.amount > 0 else ("SALES", bank.account)),
            f"{abs(one.amount):f}",
            effective_date=one.day,
            external_reference=one.references[0],
            metadata={"counterparty": one.counterparty},
        )
        for one in ours
    ]
    versions = some_postings(bank, drafts)
    rows = [
        {
            "booking_date": line.day,
            "amount": line.amount,
            "customer_reference": "".join(line.references),
            "counterparty": line.counterparty,
            "text": line.text,
        }
        for line in lines
    ]
    ids = some_lines(bank, rows)
    return Stored(
        {line.id: str(id_) for line, id_ in zip(lines, ids, strict=True)},
        {one.id: str(version) for one, version in zip(ours, versions, strict=True)},
    )
