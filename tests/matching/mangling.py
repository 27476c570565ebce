"""A bank that does to references what banks do, with a seed, and the truth about it beside the lines. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from recon.matching.passes.shapes import ReconItem

CENT = Decimal("0.01")


@dataclass
class Truth:
    """What became of each of our items; ids of the bank begin with `line`."""

    clean: dict[str, str] = field(default_factory=dict)  # line -> ours
    off_by_a_cent: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    doubled: dict[str, tuple[str, str]] = field(default_factory=dict)  # ours -> both lines
    merged: dict[str, tuple[str, str]] = field(default_factory=dict)  # line -> both of ours


def our_items(count: int, seed: int, amount: Callable[[random.Random], Decimal], a_day: int = 40) -> list[ReconItem]:
    """Postings with a number each, `a_day` of them on a day."""
    chance = random.Random(seed)
    first = date(2025, 1, 1)
    return [
        ReconItem(
            id=f"ours-{number:06}",
            side="books",
            day=first + timedelta(days=number // a_day),
            amount=amount(chance),
            currency="EUR",
            references=(f"INV-{2025 + number // 100_000}-{number % 100_000:05}",),
            counterparty=f"Customer {chance.randrange(500)}",
        )
        for number in range(count)
    ]


def any_amount(chance: random.Random) -> Decimal:
    return Decimal(chance.randrange(100, 50_000)).scaleb(-2) * chance.choice((1, 1, -1))


def the_same_fee(chance: random.Random) -> Decimal:
    del chance
    return Decimal("29.90")


def mangled_reference(reference: str, chance: random.Random, *, cuts_ends: bool) -> tuple[tuple[str, ...], str]:
    """The references and the text of a line that pays this. Of equal amounts, a cut end may fit ten."""
    digits = "".join(c for c in reference if c.isdigit())
    plain = reference.replace("-", "")
    return chance.choice(
        [
            ((reference,), "THANK YOU"),
            ((), f"EREF+{plain} SVWZ+THANK YOU"),
            ((), f"YOUR INVOICE {reference.replace('-', ' ')} THANKS"),
            ((plain.lower(),), ""),
            ((f"re {digits}",), "payment"),
            ((), f"SVWZ+{digits}/A"),
            ((plain.replace("20", "2O", 1),), "TRANSFER"),
            ((), f"XX{plain}YY"),
            ((reference[1:],), ""),  # cut at its beginning
            ((), f"PAYMENT {reference[: -1 if cuts_ends else None]}"),
        ]
    )


def a_line(number: int, of: ReconItem, chance: random.Random, *, cuts_ends: bool) -> ReconItem:
    references, text = mangled_reference(of.references[0], chance, cuts_ends=cuts_ends)
    return ReconItem(
        id=f"line-{number:06}",
        side="bank",
        day=of.day + timedelta(days=chance.randrange(3)),
        amount=of.amount,
        currency=of.currency,
        references=references,
        counterparty=of.counterparty.upper() if chance.random() < 0.7 else "",
        text=text,
    )


def bank_lines(ours: Sequence[ReconItem], seed: int, *, cuts_ends: bool = True) -> tuple[list[ReconItem], Truth]:
    """2 % a cent off, 1 % missing, 1 % doubled, 3 % merged with the one after it; the rest clean but for references."""
    chance = random.Random(seed)
    truth = Truth()
    lines: list[ReconItem] = []
    todo = list(reversed(ours))
    while todo:
        one, number = todo.pop(), len(lines)
        line = a_line(number, one, chance, cuts_ends=cuts_ends)
        fate = chance.random()
        if fate < 0.01:
            truth.missing.add(one.id)
            continue
        if fate < 0.02:
            lines.append(line)
            line = replace(line, id=f"line-{number + 1:06}")
            truth.doubled[one.id] = (f"line-{number:06}", line.id)
        elif fate < 0.04:
            line = replace(line, amount=line.amount + CENT)
            truth.off_by_a_cent[line.id] = one.id
        elif fate < 0.055 and todo and (todo[-1].amount > 0) == (one.amount > 0):
            other = todo.pop()
            text = f"SVWZ+{one.references[0].replace('-', ' ')} {other.references[0].replace('-', '')}"
            line = replace(line, amount=one.amount + other.amount, references=(), counterparty="", text=text)
            truth.merged[line.id] = (one.id, other.id)
        else:
            truth.clean[line.id] = one.id
        lines.append(line)
    chance.shuffle(lines)
    return lines, truth
