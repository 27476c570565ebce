"""The template of a recurring journal. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext

import msgspec

from journals.drafts import Line
from journals.schedules.dates import DueDates
from journals.schedules.errors import InstalmentTooSmall
from ledgerflow.core.money import CONTEXT, ZERO, normalised


class TemplateLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a template: a positive amount in major units on a side, and perhaps another one on the last date."""

    account: str
    side: str
    amount: str
    description: str = ""
    dimensions: dict[str, str] | None = None
    last_amount: str = ""

    def line(self, *, is_last: bool = False) -> Line:
        amount = Decimal(self.last_amount if is_last and self.last_amount else self.amount)
        signed = amount if self.side == "debit" else amount.copy_negate()
        return Line(self.account, signed, description=self.description, dimensions=self.dimensions)


class Template(msgspec.Struct, frozen=True):
    """What is posted, and when. `split`: the amounts are those of all dates together."""

    name: str
    lines: list[TemplateLine]
    schedule: DueDates
    description: str = ""
    split: bool = False


def instalments(lines: Sequence[TemplateLine], times: int, scales: Mapping[str, tuple[str, int]]) -> list[TemplateLine]:
    """The lines of one date, where those given are to be paid in so many; the last date takes what is left.

    1,000.00 in 3 is 333.33, 333.33 and 333.34. Each line is rounded down. Where one side then has less than the other,
    those of its lines that lost most have a smallest unit more, so that each date balances where the whole does.
    `scales`: currency and decimals by account. Raises `Malformed` where a line would be left with nothing on some date.
    """
    units = [scales.get(line.account, ("", 0)) for line in lines]
    with localcontext(CONTEXT):
        totals = [Decimal(line.amount).scaleb(decimals) for line, (_, decimals) in zip(lines, units, strict=True)]
        each = [total // times for total in totals]
        for currency in {currency for currency, _ in units}:
            places = [place for place, (one, _) in enumerate(units) if one == currency]
            debits, credits_ = ([at for at in places if lines[at].side == side] for side in ("debit", "credit"))
            missing = sum((each[at] for at in debits), ZERO) - sum((each[at] for at in credits_), ZERO)
            lower = sorted(debits if missing < 0 else credits_, key=lambda at: each[at] * times - totals[at])
            for at in lower[: int(abs(missing))]:
                each[at] += 1
        last = [total - one * (times - 1) for total, one in zip(totals, each, strict=True)]
        found = []
        for place, (line, (_, decimals)) in enumerate(zip(lines, units, strict=True)):
            if each[place] <= 0 or last[place] <= 0:
                raise InstalmentTooSmall(pointer=f"/lines/{place}/amount", amount=line.amount, times=times)
            amounts = [normalised(one.scaleb(-decimals)) for one in (each[place], last[place])]
            found.append(msgspec.structs.replace(line, amount=amounts[0], last_amount=amounts[1]))
    return found
