"""Settings on their way to other books: calendar, dimensions, taxes, series, open items, budgets, policies."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError

from accounts.currencies import add_currency
from accounts.dimensions.declaring import change_value, declare_value, require_dimensions, set_list
from accounts.dimensions.specs import ValueSpec
from bench.roundtrip.moving import moved
from bench.roundtrip.statements import compared, statements
from fx.rates.policies import set_policy
from fx.revaluation.valuation_pairs import pair_valuation
from journals.drafts import Line
from journals.periods.fiscal_years import Weeks, YearPlan
from journals.periods.use_cases import declare_earlier_years_closed, lock_period, make_fiscal_year
from journals.portability.settings import SettingsBrought, import_settings
from journals.proof.ledger import verify_books
from journals.series.models import SeriesNumber
from journals.series.numbering import Series, catch_up, make_series
from ledgerflow.books.models import Entity, Event
from ledgerflow.files.problems import Stopped
from ledgerflow.files.watching import Watch
from recon.open_items.keeping import keep_open_items, set_due_date
from recon.open_items.models import Allocation, ItemAccount
from recon.open_items.use_cases import undo_allocation
from reports.budgets.setting import set_budget
from reports.budgets.specs import BudgetSpec
from tests.approving import go_on_to
from tests.builders import a_journal, a_transfer, an_account, an_entity, posted
from tests.calendars import period
from tests.importing import csv_file, import_journals, run_command
from tests.open_items.invoicing import allocated, booked, invoice, payment, reversed_
from tests.taxes.invoicing import a_code, taxed

START, JUNE = date(2026, 1, 5), date(2026, 6, 30)
MARCH = date(2026, 3, 2)
YEAR = date(2026, 12, 27)


@pytest.fixture(scope="module")
def books(_database: None, tmp_path_factory: pytest.TempPathFactory) -> Entity:
    """A year of weeks with a special period, and something of all that a file of settings carries."""
    entity = an_entity(business_date=START, dimensions=["party", "shop", "tax"])
    weeks = Weeks(weekday=7, month=12, ends="last", pattern="4-5-4")
    plan = YearPlan(date(2025, 12, 29), name="W26", weeks=weeks, special_period=True)
    make_fiscal_year(entity.id, plan, actor="test")
    declare_earlier_years_closed(entity.id, date(2025, 12, 28), actor="test", reason="by the firm before")
    add_currency(entity, code="POINTS", name="Points", minor_units=0, actor="test")
    go_on_to(entity, JUNE)
    for code, kind, more in (
        ("BANK", "asset", {"role": "cash", "cash_flow": "cash"}), ("DEBTORS", "asset", {"term": "current"}),
        ("SALES", "income", {}), ("COSTS", "expense", {}), ("VAT", "liability", {}),
        ("GIFTS", "asset", {"currency": "POINTS"}), ("GIVEN", "income", {"currency": "POINTS"}),
        ("BANK-USD", "asset", {"currency": "USD"}), ("VALUE", "asset", {"role": "valuation"}),
    ):  # fmt: skip
        an_account(entity, code, kind, **more)
    _dimensions(entity)
    _open_items(entity)
    _taxes_and_series(entity, tmp_path_factory.mktemp("deal"))
    lines = [BudgetSpec("SALES", "2026-03", Decimal(500)), BudgetSpec("COSTS", "W26 P03", Decimal(70), "shop", "OSLO")]
    set_budget(entity.id, "plan", lines, key="plan", actor="test")
    set_budget(entity.id, "plan", [lines[0]._replace(amount=Decimal(450))], key="less", actor="test")
    set_policy(entity.id, {"max_age_days": 30, "rounding": "half_up"}, actor="test")
    pair_valuation(entity.id, "BANK-USD", "VALUE", actor="test")
    lock_period(entity.id, period(entity, date(2026, 1, 25)).id, actor="test", reason="told")
    entity.refresh_from_db()
    return entity


def _dimensions(entity: Entity) -> None:
    """Lines of the past that the rules of today would not let in."""
    for shop in ("NROTH", "OSLO", ""):
        line = Line("COSTS", Decimal(10), dimensions={"shop": shop} if shop else None)
        posted(entity, a_journal(line, ("BANK", "-10"), effective_date=MARCH))
    for code, parent in (("NORTH", ""), ("OSLO", "NORTH"), ("AALBORG", "NORTH"), ("NROTH", "")):
        spec = ValueSpec(code, code.capitalize(), parent, valid_from=date(2026, 4, 1), valid_to=date(2027, 1, 31))
        declare_value(entity.id, "shop", spec, actor="test")
    change_value(entity.id, "shop", "NROTH", {"closed": True}, actor="test")
    ann = ValueSpec("ann", "Ann", tax_id="DE1", country="DE", payment_terms_days=14, party_kind="customer")
    declare_value(entity.id, "party", ann, actor="test")
    set_list(entity.id, "shop", is_list=True, actor="test")
    require_dimensions(entity.id, "COSTS", ["shop"], actor="test")


def _open_items(entity: Entity) -> None:
    """Kept from the second posting on, at terms that changed; allocated, undone, and reversed after an allocation."""
    invoice(entity, "5.00", day=MARCH)
    keep_open_items(entity.id, "DEBTORS", 30, from_first=False, actor="test")
    bills = [invoice(entity, f"{amount}.00", reference=f"R-{amount}", day=MARCH) for amount in (100, 60, 40, 30)]
    keep_open_items(entity.id, "DEBTORS", 10, actor="test")
    late = invoice(entity, "80.00", reference="R-80", day=date(2026, 4, 2))
    set_due_date(entity.id, late, date(2026, 6, 1), actor="test")
    paid = payment(entity, "150.00", day=date(2026, 4, 7))
    allocated(entity, bills[0], paid, "90.00")
    undone = allocated(entity, bills[1], paid, "60.00").allocations[0]
    undo_allocation(entity.id, undone.pk, day=date(2026, 5, 4), key=uuid4().hex, actor="test")
    allocated(entity, bills[2], paid, "40.00", day=date(2026, 5, 5))
    allocated(entity, bills[3], paid, "20.00", day=date(2026, 5, 5))
    reversed_(entity, bills[3], date(2026, 5, 5))
    booked(entity, "BANK", "DEBTORS", "1.00", party="bob", day=date(2026, 6, 1))


def _taxes_and_series(entity: Entity, folder: Path) -> None:
    """A code that got another rate and the first one again, and a series with journals of a kind that no file brings."""
    for rate, day in (("19", date(2007, 1, 1)), ("16", date(2026, 4, 1)), ("19", date(2026, 6, 1))):
        a_code(entity, "U19", rate, account="VAT", starts_on=day)
    for day in (MARCH, date(2026, 4, 2), date(2026, 6, 2)):
        taxed(entity, ("BANK", "119", ""), ("SALES", "-119", "U19"), gross=True, effective_date=day)
    wanted = Series("R", "Invoices", "R-{year}-{number:03}", ("manual", "fx_settlement"))
    make_series(entity.id, wanted, key="r", actor="test")
    catch_up(entity.id)
    file = csv_file(
        folder / "deal.csv", ("n", "key", "date", "kind", "account", "amount"),
        ("1", "deal", MARCH, "fx_settlement", "GIFTS", "7"), ("1", "deal", MARCH, "fx_settlement", "GIVEN", "-7"),
    )  # fmt: skip
    import_journals(entity, file, "--group-by", "n", "--confirm-unusual-dates")
    posted(entity, a_transfer("BANK", "SALES", "3", effective_date=JUNE))
    catch_up(entity.id)


@pytest.fixture(scope="module")
def again(books: Entity, tmp_path_factory: pytest.TempPathFactory) -> Entity:
    return moved(books, tmp_path_factory.mktemp("books"))


@pytest.fixture
def settings(books: Entity, tmp_path: Path) -> Path:
    path = tmp_path / "settings.jsonl"
    run_command("export_settings", "--entity", books.code, "--output", path)
    return path


def test_every_statement_is_the_same_in_books_that_were_moved(books: Entity, again: Entity) -> None:
    dates = [MARCH, date(2026, 4, 30), date(2026, 5, 4), date(2026, 5, 5), JUNE]
    found = compared(books, again, list(statements(books, dates, ["BANK"], functional=False)))
    assert found.differences == []
    assert SeriesNumber.objects.filter(entity=again).count() > 8
    assert Allocation.objects.filter(entity=again).count() == 4
    assert verify_books(again.id) == []


def test_the_same_file_once_more_changes_nothing(again: Entity, settings: Path) -> None:
    before = Event.objects.filter(entity=again).count()
    lines = len(settings.read_text().splitlines())
    for stage in ("before", "after"):
        told = run_command("import_settings", settings, "--entity", again.code, "--stage", stage)
        assert told.startswith("changed 0, there already ")
    assert Event.objects.filter(entity=again).count() == before
    assert lines > 20


def test_stopped_after_each_line_it_ends_as_one_that_was_not(books: Entity, settings: Path) -> None:
    """What a kill leaves is what a stop between two lines leaves: each line is a transaction of its own."""
    entity = an_entity(business_date=START, dimensions=books.dimensions)
    stops = 0

    def bring() -> SettingsBrought | None:
        before = Event.objects.filter(entity=entity).count()
        watch = Watch(should_stop=lambda: Event.objects.filter(entity=entity).count() > before)
        with suppress(Stopped):
            return import_settings(entity.id, settings, before_journals=True, actor="test", watch=watch)
        return None

    while (done := bring()) is None:
        stops += 1
    assert (stops, done.changed, done.refused) == (4, 0, [])
    assert Event.objects.filter(entity=entity).count() == 1 + stops


# A part with its data, or a whole line, and the code of its refusal.
NONSENSE: list[tuple[str, dict[str, Any] | None, str]] = [
    ('{"part": "books"', None, "malformed"),
    ("[]", None, "malformed"),
    ("nothing", {}, "malformed"),
    ('{"part": "currency", "part": "currency", "data": {}}', None, "malformed"),
    ("currency", {"code": "no code", "name": "x", "minor_units": 2}, "malformed"),
    ("currency", {"code": "EUR", "name": "x", "minor_units": 3}, "currency_exists"),
    ('{"part": "currency", "data": {"code": "XYZ", "name": "\\u0000", "minor_units": 3}}', None, "malformed"),
    ("base_change", {"currency": "USD", "starts_on": "2027-01-01", "rate": "1"}, "fixed_rate_refused"),
    ("base_change", {"currency": "USD", "starts_on": "0206-01-01", "rate": "1.10000"}, "date_out_of_range"),
    ("fiscal_year", {"periods": []}, "malformed"),
    (
        "fx_policy",
        {
            "max_age_days": -1,
            "max_jump_percent": "x",
            "rounding": "",
            "revaluation_method": "",
            "revalue": "",
            "max_revaluation_percent": "",
        },
        "malformed",
    ),
    (
        "books",
        {"base_currency": "JPY", "first_business_date": "2026-01-05", "time_zone": "UTC", "dimensions": []},
        "books_unlike",
    ),
    ("í\xa0½", None, "malformed"),
]
NONSENSE_AFTER: list[tuple[str, dict[str, Any] | None, str]] = [
    ("dimension_value", {"dimension": "nothing", "code": "x", "name": "x"}, "not_found"),
    ("dimension_value", {"dimension": "party", "code": "x", "name": "x", "parent": "y"}, "parent_refused"),
    ("required_dimensions", {"account": "none", "required": []}, "not_found"),
    ("period_lock", {"period": "FY99", "status": "locked"}, "not_found"),
    (
        "tax_code",
        {
            "code": "U",
            "version": 1,
            "name": "U",
            "kind": "output",
            "rate": "1e9",
            "account": "x",
            "deduct_account": "",
            "starts_on": "2026-01-01",
        },
        "malformed",
    ),
    ("series", {"code": "R", "name": "R", "pattern": "x", "kinds": ["x"], "restarts": "never"}, "malformed"),
    ("valuation_pair", {"account": "a", "valuation": "b"}, "unknown_account"),
    ("item_account", {"account": "a", "first_version": 1, "terms_days": 1}, "not_found"),
    ("item_account", {"account": "DUE", "first_version": 2, "terms_days": 1}, "item_account_refused"),
    ("due_date", {"journal": "journal:x", "due_on": "2026-01-01"}, "not_found"),
    (
        "allocation",
        {
            "allocation": "",
            "account": "a",
            "debit": "a",
            "debit_line": 1,
            "credit": "b",
            "credit_line": 1,
            "amount": "1",
            "allocated_on": "2026-01-01",
        },
        "not_found",
    ),
    ("budget", {"budget": "plan", "lines": []}, "malformed"),
]


@pytest.mark.parametrize("stage, nonsense", [("before", NONSENSE), ("after", NONSENSE_AFTER)], ids=["before", "after"])
def test_each_line_of_nonsense_is_refused_by_its_number(
    tmp_path: Path, stage: str, nonsense: list[tuple[str, dict[str, Any] | None, str]]
) -> None:
    entity = an_entity(business_date=START, dimensions=["party"])
    an_account(entity, "DUE")
    good = '{"part": "currency", "data": {"code": "POINTS", "name": "Points", "minor_units": 0}}'
    value = '{"part": "dimension_list", "data": {"dimension": "party"}}'
    lines = [part if data is None else json.dumps({"part": part, "data": data}) for part, data, _ in nonsense]
    file = tmp_path / "nonsense.jsonl"
    file.write_text("\n".join(["", *lines, good, value, ""]))
    done = import_settings(entity.id, file, before_journals=stage == "before", actor="test")
    told = [f"{line} {refusal.code}" for line, refusal in done.refused]
    assert told == [f"{number} {code}" for number, (_, _, code) in enumerate(nonsense, 2)]
    assert done.changed == 1
    assert not ItemAccount.objects.filter(entity=entity).exists()
    with pytest.raises(CommandError, match="Some settings were refused") as caught:
        run_command("import_settings", file, "--entity", entity.code, "--stage", stage)
    assert caught.value.returncode == 1


def test_a_line_without_end_and_a_value_that_differs(tmp_path: Path, again: Entity, settings: Path) -> None:
    lines = [json.loads(line) for line in settings.read_text().splitlines()]
    (oslo,) = [one for one in lines if one["part"] == "dimension_value" and one["data"]["code"] == "OSLO"]
    oslo["data"]["name"] = "Another"
    file = tmp_path / "changed.jsonl"
    file.write_text("x" * 2_500_000 + "\n" + json.dumps(oslo))
    done = import_settings(again.id, file, before_journals=False, actor="test")
    assert [(line, refusal.code) for line, refusal in done.refused] == [(1, "malformed"), (2, "dimension_value_exists")]
