"""What tells whether a line of a statement was seen before. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from ledgerflow.core.money import normalised
from recon.statements.parsers.shapes import ParsedLine


def fingerprints(lines: Iterable[ParsedLine]) -> list[str]:
    """One SHA-256 per line, over what identifies it and how many lines equal to it stand before it in the file.

    Two genuine equal charges have two fingerprints; the same line in a file that overlaps has the same one. Give all
    lines of one account in a file, in their order.
    """
    seen: Counter[bytes] = Counter()
    found = []
    for line in lines:
        identity = _identity(line)
        found.append(sha256(identity + str(seen[identity]).encode()).hexdigest())
        seen[identity] += 1
    return found


def _identity(line: ParsedLine) -> bytes:
    if line.payout_in:
        line = replace(line, **{line.payout_in: ""})  # type: ignore[arg-type]  # the name of a text
    value = line.value_date.isoformat() if line.value_date else ""
    parts = (
        line.booking_date.isoformat(), value, normalised(line.amount), line.currency, line.bank_reference,
        line.end_to_end, line.customer_reference, line.counterparty, line.iban, line.text,
    )  # fmt: skip
    # NUL is in no text of a line, so that no two lines are one when their parts are put together.
    return "".join(f"{part}\0" for part in parts).encode()
