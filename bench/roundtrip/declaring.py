"""What the company has beside accounts and journals: values, taxes, series, budgets, and customers who owe."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from accounts.currencies import add_currency
from accounts.dimensions.declaring import declare_value, set_list
from accounts.dimensions.specs import ValueSpec
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from bench.books import ACTOR
from fx.rates.policies import set_policy
from journals.drafts import Draft, Line
from journals.events import read_fact
from journals.posting import post
from journals.series.numbering import Series, catch_up, make_series
from journals.taxes.codes import set_tax_code
from journals.taxes.kinds import TaxCode
from journals.taxes.posting import UNTAXED, LineTax, post_taxed
from ledgerflow.books.models import Entity
from recon.open_items.keeping import keep_open_items, set_due_date
from recon.open_items.use_cases import ItemName, Wanted, allocate, undo_allocation
from reports.budgets.setting import set_budget
from reports.budgets.specs import BudgetSpec

DEBTORS, DEBTORS_USD, SALES, BANK, VAT = "1200-DEBTORS", "1201-DEBTORS-USD", "4001-SALES", "1010-BANK", "2100-VAT"
PARTIES = ("ANN", "BOB")


def declare(entity: Entity, first_year: int) -> None:
    """Once, when the books begin."""
    add_currency(entity, code="POINTS", name="Points", minor_units=0, actor=ACTOR)
    specs = [AccountSpec(DEBTORS, "Debtors", "EUR", "asset", term="current"),
             AccountSpec(DEBTORS_USD, "Debtors in dollars", "USD", "asset", term="current")]  # fmt: skip
    open_accounts(entity.id, specs, actor=ACTOR)
    for spec in specs:
        keep_open_items(entity.id, spec.code, 30, actor=ACTOR)
    for code, parent in (("REGION", ""), ("NORTH", "REGION"), ("SOUTH", "REGION")):
        declare_value(entity.id, "shop", ValueSpec(code, code.capitalize(), parent), actor=ACTOR)
    for code in PARTIES:
        party = ValueSpec(code, code.capitalize(), country="DE", party_kind="customer")
        declare_value(entity.id, "party", party, actor=ACTOR)
    set_list(entity.id, "shop", is_list=True, actor=ACTOR)
    for rate, year in (("19", 2007), ("16", first_year + 1)):
        tax = TaxCode("U", "Sales tax", "output", Decimal(rate), VAT, "", date(year, 1, 1))
        set_tax_code(entity.id, tax, key=f"U:{rate}", actor=ACTOR)
    wanted = Series("J", "Journals", "J-{year}-{number:05}", ("manual", "closing", "fx_settlement", "accrual"))
    make_series(entity.id, wanted, key="J", actor=ACTOR)
    lines = [
        BudgetSpec(account, f"{first_year + later}-{month:02}", Decimal(3000 + 10 * month), *by)
        for later in range(3) for month in range(1, 13)
        for account, by in ((SALES, ("shop", "NORTH")), ("5001-RENT", ()))
    ]  # fmt: skip
    set_budget(entity.id, "plan", lines, key="plan", actor=ACTOR)
    set_policy(entity.id, {"max_age_days": 14}, actor=ACTOR)


def trade(entity_id: UUID, turn: int) -> None:
    """Each turn: a taxed invoice and one in dollars, paid in part, and one allocation that is taken back."""
    party = {"party": PARTIES[turn % 2]}
    amount = Decimal(1000 + turn)
    lines = (Line(DEBTORS, amount, dimensions=party), Line(SALES, -amount, dimensions={"shop": "NORTH"}))
    draft = Draft(f"bill:{turn}", lines, actor=ACTOR, description="Invoice", external_reference=f"INV-{turn}")
    bill = read_fact(post_taxed(entity_id, draft, [UNTAXED, LineTax("U", gross=True)]).journal).id
    paid = _posted(entity_id, f"paid:{turn}", Line(BANK, Decimal(700)), Line(DEBTORS, Decimal(-700), dimensions=party))
    owed = _posted(
        entity_id, f"bill-usd:{turn}", Line(DEBTORS_USD, amount, dimensions=party), Line("4002-SALES-USD", -amount)
    )
    back = _posted(entity_id, f"credit-usd:{turn}", Line("4002-SALES-USD", Decimal(20)),
                   Line(DEBTORS_USD, Decimal(-20), dimensions=party))  # fmt: skip
    _allocated(entity_id, DEBTORS_USD, owed, back, turn)
    made = _allocated(entity_id, DEBTORS, bill, paid, turn)
    if turn % 3 == 0:
        undo_allocation(entity_id, made, key=f"undone:{turn}", actor=ACTOR)
        set_due_date(entity_id, bill, date(2099, 1, 1), actor=ACTOR)
    catch_up(entity_id)


def _posted(entity_id: UUID, key: str, *lines: Line) -> UUID:
    answer = post(entity_id, Draft(key, lines, actor=ACTOR, description=key.partition(":")[0]))
    return read_fact(answer.journal).id


def _allocated(entity_id: UUID, account: str, debit: UUID, credit: UUID, turn: int) -> UUID:
    wanted = [Wanted(ItemName(debit), ItemName(credit))]
    made = allocate(entity_id, account, wanted, key=f"settled:{account}:{turn}", actor=ACTOR)
    return made.allocations[0].pk
