"""A marketplace and its payment processor, whose payout report is the statement of its clearing account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from ledgerflow.books.models import Entity
from recon.matching.models import Match
from recon.reports.shapes import ReconStatement
from recon.reports.statement import recon_report
from recon.statements.changing import Balances, state_balances
from recon.statements.models import BankAccount, Statement
from tests.builders import a_journal, a_transfer, an_account, an_entity, posted
from tests.cases.reconciling import open_cases, ran
from tests.statements.banking import a_bank_account, a_statement_file, imported, lines_stored

CLEARING = "CLEARING"
MONDAY, TUESDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 6)
COLUMNS = {
    "booking_date": "day", "amount": "gross", "fee": "fee", "net": "net", "payout": "payout",
    "payout_date": "paid", "customer_reference": "order", "fixed_currency": "EUR",
}  # fmt: skip


class Sale(NamedTuple):
    order: str
    gross: str
    fee: str
    payout: str = "po_2026A1"

    @property
    def net(self) -> Decimal:
        return Decimal(self.gross) - Decimal(self.fee)


# Two orders at the same price, and a refund of which the fee is given back.
SALES = [
    Sale("order-7001", "120.00", "3.78"), Sale("order-7002", "59.50", "2.02"), Sale("order-7003", "59.50", "2.02"),
    Sale("refund-7001", "-20.00", "-0.58"), Sale("order-7004", "40.00", "1.41", "po_2026B2"),
]  # fmt: skip
WAITING = Sale("order-7005", "75.00", "2.48", "")
WITHOUT_REFUNDS = [sale for sale in SALES if sale.gross[0] != "-"]
PAYOUTS = ("po_2026A1", "po_2026B2")


@pytest.fixture
def entity() -> Entity:
    entity = an_entity(business_date=FRIDAY)
    for code, type_ in ((CLEARING, "asset"), ("BANK", "asset"), ("SALES", "income"), ("FEES", "expense")):
        an_account(entity, code, type_)
    return entity


def a_processor(entity: Entity, **columns: Any) -> BankAccount:
    return a_bank_account(entity, CLEARING, name="Processor", column_map=COLUMNS | columns)


def reported(processor: BankAccount, sales: Sequence[Sale]) -> None:
    rows = [
        f"{MONDAY},{sale.gross},{sale.fee},{sale.net},{sale.payout},{TUESDAY if sale.payout else ''},{sale.order}"
        for sale in sales
    ]
    data = "\n".join(["day,gross,fee,net,payout,paid,order", *rows]).encode()
    imported(processor.entity, processor, data, file_name="payouts.csv")


def sold(entity: Entity, sales: Sequence[Sale], *, is_tagged: bool = False) -> None:
    """A journal for each sale, with its fee."""
    for sale in sales:
        lines = [(CLEARING, sale.gross), ("SALES", str(-Decimal(sale.gross)))]
        lines += [("FEES", sale.fee), (CLEARING, str(-Decimal(sale.fee)))]
        tags = {"metadata": {"payout": sale.payout}} if is_tagged else {}
        posted(entity, a_journal(*lines, external_reference=sale.order, effective_date=MONDAY, **tags))


def sold_in_sums(entity: Entity, sales: Sequence[Sale]) -> None:
    """A journal for each payout."""
    for payout in PAYOUTS:
        mine = [sale for sale in sales if sale.payout == payout]
        gross, fee = sum(Decimal(sale.gross) for sale in mine), sum(Decimal(sale.fee) for sale in mine)
        lines = [(CLEARING, str(gross)), ("SALES", str(-gross)), ("FEES", str(fee)), (CLEARING, str(-fee))]
        posted(entity, a_journal(*lines, description=f"Sales of {payout}", effective_date=MONDAY))


def paid_out(entity: Entity, sales: Sequence[Sale]) -> None:
    for payout in PAYOUTS:
        net = sum(sale.net for sale in sales if sale.payout == payout)
        posted(entity, a_transfer("BANK", CLEARING, str(net), external_reference=payout, effective_date=TUESDAY))


def rules_of(bank: BankAccount) -> dict[str, int]:
    """How many matches each rule made."""
    found: dict[str, int] = {}
    for rule in Match.objects.filter(bank_account_id=bank.pk).values_list("rule", flat=True):
        found[rule] = found.get(rule, 0) + 1
    return found


def statement_at(entity: Entity, account: str) -> ReconStatement:
    return recon_report(entity.id, FRIDAY, account).statements[0]


def stated(processor: BankAccount, closing: str) -> None:
    statement = Statement.objects.get(bank_account=processor)
    balances = Balances(MONDAY, Decimal("0.00"), FRIDAY, Decimal(closing))
    state_balances(processor.entity_id, statement.pk, balances, actor="test")


def test_rows_meet_the_postings_of_each_sale_and_the_bank_meets_the_payouts(entity: Entity) -> None:
    sold(entity, [*SALES, WAITING])
    paid_out(entity, SALES)
    processor = a_processor(entity)
    reported(processor, [*SALES, WAITING])
    ran(processor)
    assert rules_of(processor) == {"reference": 14}, "gross and fee of six sales, and two payouts"
    assert open_cases(processor) == []
    stated(processor, "72.52")
    clearing = statement_at(entity, CLEARING)
    assert (clearing.book_balance, clearing.bank_balance, clearing.can_finish) == ("72.52", "72.52", True)
    house = a_bank_account(entity, "BANK")
    paid = [(str(sum(sale.net for sale in SALES if sale.payout == one)), one, TUESDAY) for one in PAYOUTS]
    imported(entity, house, a_statement_file(*paid, closing_day=FRIDAY))
    ran(house)
    assert rules_of(house) == {"reference": 2}
    assert statement_at(entity, "BANK").can_finish


def test_totals_meet_sums(entity: Entity) -> None:
    sold_in_sums(entity, SALES)
    paid_out(entity, SALES)
    processor = a_processor(entity, payout_lines="totals")
    reported(processor, [*SALES, WAITING])
    ran(processor)
    assert (sum(rules_of(processor).values()), open_cases(processor)) == (6, [])
    stated(processor, "0.00")
    assert statement_at(entity, CLEARING).can_finish


def test_rows_meet_sums_as_groups_by_their_payout(entity: Entity) -> None:
    sold_in_sums(entity, WITHOUT_REFUNDS)
    paid_out(entity, WITHOUT_REFUNDS)
    processor = a_processor(entity)
    reported(processor, WITHOUT_REFUNDS)
    ran(processor)
    assert rules_of(processor)["group"] == 2, "gross and fee of the payout with three sales"
    assert open_cases(processor) == []


def test_a_total_meets_the_postings_of_its_sales_as_a_group(entity: Entity) -> None:
    sold(entity, WITHOUT_REFUNDS, is_tagged=True)
    paid_out(entity, WITHOUT_REFUNDS)
    processor = a_processor(entity, payout_lines="totals")
    reported(processor, WITHOUT_REFUNDS)
    ran(processor)
    assert rules_of(processor)["group"] == 2
    assert open_cases(processor) == []


def test_a_report_that_overlaps_brings_what_is_new(entity: Entity) -> None:
    """What was waiting is there already when it is paid out, and only its payout is new."""
    processor = a_processor(entity)
    reported(processor, [*SALES, WAITING])
    before = len(lines_stored(processor))
    reported(processor, [*SALES, WAITING._replace(payout="po_2026C3")])
    lines = lines_stored(processor)
    assert [(str(line.amount), line.bank_reference) for line in lines[before:]] == [("-72.52", "po_2026C3")]
