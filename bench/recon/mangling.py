"""A bank that does to statements what banks do, with a seed, and the truth about it beside the lines.

References are mangled in most lines. Of 100 postings 2 come a cent off, 1 does not come, 1 comes twice, and 3 come
merged with another one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from recon.matching.passes.shapes import ReconItem

CENT = Decimal("0.01")
LATEST_DAYS = 3
# Up to which chance a posting does not come, comes twice, comes a cent off, or comes merged (each takes two).
MISSING, DOUBLED, OFF, MERGED = 0.01, 0.02, 0.04, 0.055
LOOKED_AT = 20


@dataclass
class Truth:
    """What became of each posting. Ids of lines begin with `line`."""

    clean: dict[str, str] = field(default_factory=dict)  # line -> posting
    off_by_a_cent: dict[str, str] = field(default_factory=dict)  # line -> posting
    missing: set[str] = field(default_factory=set)
    doubled: dict[str, tuple[str, str]] = field(default_factory=dict)  # posting -> both lines
    merged: dict[str, tuple[str, str]] = field(default_factory=dict)  # line -> both postings


def bank_lines(ours: Sequence[ReconItem], seed: int) -> tuple[list[ReconItem], Truth]:
    """The bank's lines for these postings, in the order of their days, and the truth."""
    chance = random.Random(seed)
    truth, todo = Truth(), list(reversed(ours))
    lines: list[ReconItem] = []
    while todo:
        one = todo.pop()
        line = _line(len(lines), one, chance)
        fate = chance.random()
        if fate < MISSING:
            truth.missing.add(one.id)
            continue
        if fate < DOUBLED:
            again = replace(line, id=f"line-{len(lines) + 1:06}")
            truth.doubled[one.id] = (line.id, again.id)
            lines.append(again)
        elif fate < OFF:
            line = replace(line, amount=line.amount + CENT)
            truth.off_by_a_cent[line.id] = one.id
        elif fate < MERGED and (near := _near(one, todo)) is not None:
            other = todo.pop(near)
            text = f"SVWZ+{_plain(one)} {_plain(other)}"
            line = replace(line, amount=one.amount + other.amount, references=(), counterparty="", text=text)
            line = replace(line, day=max(one.day, other.day))
            truth.merged[line.id] = (one.id, other.id)
        else:
            truth.clean[line.id] = one.id
        lines.append(line)
    return sorted(lines, key=lambda line: (line.day, line.id)), truth


def _near(one: ReconItem, todo: Sequence[ReconItem]) -> int | None:
    """The place of a posting that the bank may book in one line with this one: the same sign, a few days later."""
    for place in range(len(todo) - 1, max(len(todo) - 1 - LOOKED_AT, -1), -1):
        other = todo[place]
        if (one.amount > 0) == (other.amount > 0) and abs((other.day - one.day).days) <= LATEST_DAYS:
            return place
    return None


def _line(number: int, of: ReconItem, chance: random.Random) -> ReconItem:
    references, text = _mangled(of.references[0], chance)
    return ReconItem(
        id=f"line-{number:06}", side="bank", day=of.day + timedelta(days=chance.randrange(LATEST_DAYS)),
        amount=of.amount, currency=of.currency, references=references, text=text,
    )  # fmt: skip


def _mangled(reference: str, chance: random.Random) -> tuple[tuple[str, ...], str]:
    """The references and the text of a line. `reference` is such as INV-2025-00123."""
    digits = "".join(one for one in reference if one.isdigit())
    plain = reference.replace("-", "")
    ways: list[tuple[tuple[str, ...], str]] = [
        ((reference,), "THANK YOU"),
        ((), f"EREF+{plain} SVWZ+THANK YOU"),
        ((), f"YOUR INVOICE {reference.replace('-', ' ')} THANKS"),
        ((plain.lower(),), ""),
        ((f"re {digits}",), "payment"),
        ((), f"SVWZ+{digits}/A"),
        ((plain.replace("20", "2O", 1),), "TRANSFER"),
        ((), f"XX{plain}YY"),
        ((reference[1:],), ""),
        ((), f"PAYMENT {reference}"),
    ]
    return chance.choice(ways)


def _plain(of: ReconItem) -> str:
    return of.references[0].replace("-", "")
