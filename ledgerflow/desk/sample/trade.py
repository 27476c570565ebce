"""What happens at the sample company on a day: invoices, payments, wages, rent. Decided by a seed; posts nothing."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from journals.drafts import Draft, Line
from ledgerflow.desk.sample import company
from ledgerflow.desk.sample.company import TradingParty

ACTOR = "system:seed_desk"
TAX = Decimal("0.19")
CENT = Decimal("0.01")
FRIDAY = 4
PAY_DAY, RENT_DAY = 27, 3


class Owed(NamedTuple):
    party: TradingParty
    reference: str
    amount: Decimal
    due: date


class BankMove(NamedTuple):
    """What the bank will say: money that came in is positive."""

    day: date
    amount: Decimal
    reference: str
    name: str


class Trade:
    """The company from day to day. The same seed and the same days make the same journals."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret, the same again
        self._number = 0
        self.receivable: list[Owed] = []
        self.payable: list[Owed] = []
        self.bank: list[BankMove] = []

    def opening(self, day: date) -> list[Draft]:
        lines = {"0400": 184_000, "0500": 46_500, "1140": 38_200, company.BANK: 120_000, "3150": -90_000}
        rest = -sum(lines.values())
        opened = [Line(code, Decimal(amount)) for code, amount in [*lines.items(), (company.CAPITAL, rest)]]
        dollars = (Line(company.DOLLARS, Decimal(60_000)), Line(company.PAYABLES_IN_DOLLARS, Decimal(-60_000)))
        return [
            self._draft(day, "Contribution of the partners", "OPEN-1", tuple(opened)),
            self._draft(day, "Dollars borrowed from Great Lakes Bearings Inc.", "OPEN-2", dollars),
        ]

    def on(self, day: date) -> list[Draft]:
        """The journals of one business day."""
        drafts = [self._sale(day) for _ in range(self._random.randint(2, 5))]
        drafts += [self._purchase(day) for _ in range(self._random.randint(1, 3))]
        drafts += [*self._received(day), *self._paid(day)]
        if day.day == PAY_DAY or (day.weekday() == FRIDAY and PAY_DAY - 3 < day.day < PAY_DAY):
            drafts.append(self._wages(day))
        if day.day == RENT_DAY:
            drafts.append(self._rent(day))
        if day.weekday() == FRIDAY:
            drafts += [self._bought_in_dollars(day), self._charges(day)]
        return drafts

    def _sale(self, day: date) -> Draft:
        customer = self._random.choice(company.CUSTOMERS)
        net, number = self._amount(180, 9_400), self._next("RE", day)
        tax = Decimal(0) if customer.account == "4120" else (net * TAX).quantize(CENT)
        self.receivable.append(Owed(customer, number, net + tax, day + timedelta(days=self._random.randint(8, 45))))
        lines = [
            Line(company.RECEIVABLES, net + tax, dimensions={"party": customer.code}),
            Line(customer.account, -net, dimensions={"cost_centre": "SALES"}),
            *([Line(company.OUTPUT_TAX, -tax)] if tax else []),
        ]
        return self._draft(day, f"Invoice {number}, {customer.name}", number, tuple(lines))

    def _purchase(self, day: date) -> Draft:
        supplier = self._random.choice(company.SUPPLIERS)
        net, number = self._amount(60, 5_200), self._next("ER", day)
        tax = (net * TAX).quantize(CENT)
        self.payable.append(Owed(supplier, number, net + tax, day + timedelta(days=self._random.randint(7, 30))))
        centre = self._random.choice(company.COST_CENTRES)
        lines = (
            Line(supplier.account, net, dimensions={"cost_centre": centre}),
            Line(company.INPUT_TAX, tax),
            Line(company.PAYABLES, -net - tax, dimensions={"party": supplier.code}),
        )
        return self._draft(day, f"Invoice of {supplier.name}", number, lines)

    def _received(self, day: date) -> list[Draft]:
        due = [one for one in self.receivable if one.due <= day]
        self.receivable = [one for one in self.receivable if one.due > day]
        return [self._payment(day, one, company.RECEIVABLES, one.amount) for one in due]

    def _paid(self, day: date) -> list[Draft]:
        due = [one for one in self.payable if one.due <= day]
        self.payable = [one for one in self.payable if one.due > day]
        return [self._payment(day, one, company.PAYABLES, -one.amount) for one in due]

    def _payment(self, day: date, owed: Owed, account: str, amount: Decimal) -> Draft:
        """Into the bank where `amount` is positive, else out of it."""
        self.bank.append(BankMove(day, amount, owed.reference, owed.party.name))
        lines = (Line(company.BANK, amount), Line(account, -amount, dimensions={"party": owed.party.code}))
        words = f"{'Payment from' if amount > 0 else 'Payment to'} {owed.party.name}"
        return self._draft(day, words, owed.reference, lines)

    def _wages(self, day: date) -> Draft:
        gross = self._amount(21_000, 24_000)
        share = (gross * Decimal("0.21")).quantize(CENT)
        centre = {"cost_centre": "PLANT"}
        self.bank.append(BankMove(day, -gross, f"LOHN-{day:%Y-%m}", "Wages"))
        lines = (
            Line("6000", gross, dimensions=centre),
            Line("6110", share, dimensions=centre),
            Line(company.BANK, -gross),
            Line("3730", -share),
        )
        return self._draft(day, f"Wages {day:%B %Y}", f"LOHN-{day:%Y-%m}", lines)

    def _rent(self, day: date) -> Draft:
        rent = Decimal("4800.00")
        self.bank.append(BankMove(day, -rent, f"MIETE-{day:%Y-%m}", "Immobilien Hof 12 GbR"))
        lines = (Line("6310", rent, dimensions={"cost_centre": "PLANT"}), Line(company.BANK, -rent))
        return self._draft(day, f"Rent of the hall, {day:%B}", f"MIETE-{day:%Y-%m}", lines)

    def _bought_in_dollars(self, day: date) -> Draft:
        supplier = self._random.choice(company.OVERSEAS)
        amount = self._amount(900, 3_600)
        lines = (
            Line(company.PAYABLES_IN_DOLLARS, amount, dimensions={"party": supplier.code}),
            Line(company.DOLLARS, -amount),
        )
        return self._draft(day, f"Payment to {supplier.name}", self._next("USD", day), lines)

    def _charges(self, day: date) -> Draft:
        fee = self._amount(4, 19)
        self.bank.append(BankMove(day, -fee, "ENTGELT", "Sparkasse"))
        return self._draft(day, "Bank charges", "ENTGELT", (Line("6855", fee), Line(company.BANK, -fee)))

    def _amount(self, low: int, high: int) -> Decimal:
        return Decimal(self._random.randint(low * 100, high * 100)) / 100

    def _next(self, prefix: str, day: date) -> str:
        self._number += 1
        return f"{prefix}-{day.year}-{self._number:04}"

    def _draft(self, day: date, description: str, reference: str, lines: tuple[Line, ...]) -> Draft:
        self._number += 1
        return Draft(
            key=f"seed:{self._number}",
            issuer="desk",
            lines=lines,
            effective_date=day,
            description=description,
            external_reference=reference,
            actor=ACTOR,
        )
