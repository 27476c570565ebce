"""Reports tie to each other, whatever the view, the dates and the moment; and what they refuse."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from accounts.changing import change_account
from accounts.errors import HeaderAccount, UnknownCurrency
from journals.errors import FutureDate
from journals.events import JournalFact
from journals.models import Posting
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import Malformed, NotFound
from ledgerflow.documents.errors import ReportTooLarge
from reports.errors import NoCashAccounts
from reports.heads import tree_document
from reports.reading import lines as posting_lines
from reports.reading.figures import GrossTotals, reading
from reports.reading.tree import ReportsDisagreeError
from reports.shapes import LinesReport, TreeReport, TreeRow
from reports.statements import postings
from reports.statements.cash import cash_movement
from reports.statements.income import income_statement
from reports.statements.postings import general_ledger, statement
from reports.statements.sheet import balance_sheet
from reports.statements.trial import trial_balance
from tests.builders import TODAY, a_journal, a_transfer, an_account, an_entity, posted

pytestmark = pytest.mark.every_server

D = Decimal
LAST_YEAR = date(2025, 11, 30)
FEBRUARY = date(2026, 2, 10)


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    """Two currencies, two years, contra accounts, a journal of four lines, a reversal, and late entries."""
    entity = an_entity(name="Harbour")
    an_account(entity, "1", name="Current assets", is_header=True)
    an_account(entity, "11", name="Cash and bank", is_header=True, parent="1")
    an_account(entity, "1101", name="Till", parent="11", role="cash")
    an_account(entity, "1102", name="Bank", parent="11", role="cash")
    an_account(entity, "1103", name="Dollars", parent="11", role="cash", currency="USD")
    an_account(entity, "1501", name="Machines")
    an_account(entity, "1502", name="Worn off", normal_side="credit")
    an_account(entity, "2001", "liability", name="Payables")
    an_account(entity, "3001", "equity", name="Capital")
    an_account(entity, "3002", "equity", name="Capital in dollars", currency="USD")
    an_account(entity, "4001", "income", name="Sales")
    an_account(entity, "5001", "expense", name="Costs")
    an_account(entity, "9999", name="Never used")
    for debit, credit, amount, on in [
        ("1102", "3001", "1000.00", LAST_YEAR), ("1101", "4001", "250.50", LAST_YEAR), ("5001", "2001", "80", LAST_YEAR),
        ("1102", "1101", "200", FEBRUARY), ("1501", "1102", "400", FEBRUARY), ("5001", "1502", "40", TODAY),
        ("1103", "3002", "70", TODAY), ("1102", "4001", "33.33", FEBRUARY), ("2001", "1102", "80", TODAY),
    ]:  # fmt: skip
        posted(entity, a_transfer(debit, credit, amount, effective_date=on, description=f"{debit} from {credit}"))
    mixed = a_journal(("1101", "-12"), ("5001", "10"), ("1502", "7"), ("4001", "-5"), effective_date=FEBRUARY)
    wrong = posted(entity, mixed)
    reverse_journal(entity.id, msgspec.json.decode(wrong.journal, type=JournalFact).id, key="undo", actor="test")
    posted(entity, a_transfer("1101", "4001", "9.99", effective_date=LAST_YEAR))
    return entity


def rows(report: TreeReport, currency: str = "EUR") -> dict[str, TreeRow]:
    (block,) = (one for one in report.blocks if one.currency == currency)
    return {row.account or row.name: row for row in block.rows if row.amounts}


def trial(entity: Entity, **asked: Any) -> dict[str, Decimal]:
    """Accounts with their balances, debit positive."""
    report = trial_balance(entity.id, **asked)
    return {
        row.account: D(row.amounts["debit"]) - D(row.amounts["credit"])
        for block in report.blocks for row in block.rows if row.account and row.kind == "account"
    }  # fmt: skip


def signed(report: LinesReport) -> dict[str, Decimal]:
    """Closing balances, debit positive."""
    return {
        one.account: D(one.closing) * (1 if one.normal_side == "debit" else -1)
        for one in report.sections if D(one.closing)
    }  # fmt: skip


def ledger(entity: Entity, **asked: Any) -> LinesReport:
    with general_ledger(entity.id, **asked) as listing:
        return listing.report()


def account_statement(entity: Entity, code: str, **asked: Any) -> LinesReport:
    with statement(entity.id, code, **asked) as listing:
        return listing.report()


BETWEEN = datetime(2100, 1, 1, tzinfo=UTC)
DAYS = pytest.mark.parametrize("day", [LAST_YEAR, FEBRUARY, TODAY], ids=str)


@DAYS
@pytest.mark.parametrize("known_at", [None, BETWEEN], ids=["now", "known"])
def test_a_trial_balance_is_the_sum_of_the_postings(books: Entity, day: date, known_at: datetime | None) -> None:
    lines = Posting.objects.filter(entity_id=books.pk, effective_date__lte=day)
    expected: dict[str, Decimal] = {}
    for code, amount in lines.values_list("account__code", "amount"):
        expected[code] = expected.get(code, D(0)) + amount
    assert trial(books, as_of=day, known_at=known_at, totals="lifetime") == {
        code: total for code, total in expected.items() if total
    }


@DAYS
def test_statements_and_the_general_ledger_close_on_the_trial_balance(books: Entity, day: date) -> None:
    balances = trial(books, as_of=day, totals="lifetime")
    first = date(2026, 1, 1) if day > LAST_YEAR else date(2025, 11, 1)
    assert signed(ledger(books, from_date=first, to_date=day)) == balances
    for code, balance in balances.items():
        report = account_statement(books, code, from_date=first, to_date=day)
        assert signed(report) == {code: balance}
        (section,) = report.sections
        assert [line.balance for line in section.lines][-1:] in ([], [section.closing])


def test_a_statement_lists_by_date_then_as_recorded(books: Entity) -> None:
    (section,) = account_statement(books, "1101", from_date=date(2025, 1, 1)).sections
    assert (section.opening, section.debits, section.credits, section.closing) == ("0.00", "272.49", "212.00", "60.49")
    found = [(line.effective_date, line.debit, line.credit, line.balance) for line in section.lines]
    assert found == [
        (LAST_YEAR, "250.50", None, "250.50"), (LAST_YEAR, "9.99", None, "260.49"),
        (FEBRUARY, None, "200.00", "60.49"), (FEBRUARY, None, "12.00", "48.49"), (TODAY, "12.00", None, "60.49"),
    ]  # fmt: skip


def test_lines_name_their_counter_accounts_and_what_they_reverse(
    books: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line for one in ledger(books, from_date=date(2025, 1, 1)).sections for line in one.lines]
    monkeypatch.setattr(postings, "LINES_AT_ONCE", 3)
    monkeypatch.setattr(postings, "MOST_REMEMBERED", 4)
    assert [line for one in ledger(books, from_date=date(2025, 1, 1)).sections for line in one.lines] == lines
    simple, mixed = lines[0], [line for line in lines if line.journal_number in {10, 11}]
    assert (simple.counter_accounts, simple.reverses) == (["4001"], None)
    assert {(line.journal_number, line.debit, line.credit, *line.counter_accounts, line.reverses) for line in mixed} == {
        (10, None, "12.00", "1502", "5001", None), (10, "7.00", None, "1101", "4001", None),
        (10, None, "5.00", "1502", "5001", None), (10, "10.00", None, "1101", "4001", None),
        (11, "12.00", None, "1502", "5001", 10), (11, None, "7.00", "1101", "4001", 10),
        (11, "5.00", None, "1502", "5001", 10), (11, None, "10.00", "1101", "4001", 10),
    }  # fmt: skip
    with statement(books.id, "1101") as listing:
        texts = [row.cells[3:5] for row in listing.document().rows if row.cells[2] == 11]
    assert texts == [("1502, 5001", "reversal (reverses journal 10)")]


def test_a_line_with_many_counter_accounts_names_some(books: Entity) -> None:
    entity = an_entity()
    codes = [f"c{number}" for number in range(6)]
    for code in ("bank", *codes):
        an_account(entity, code)
    posted(entity, a_journal(("bank", "-6"), *((code, "1") for code in codes)))
    (line,) = account_statement(entity, "bank").sections[0].lines
    assert line.counter_accounts == codes[:4]
    (other,) = account_statement(entity, "c5").sections[0].lines
    assert other.counter_accounts == ["bank"]
    with statement(entity.id, "bank") as listing:
        assert "c0, c1, c2 …" in {row.cells[3] for row in listing.document().rows}


def test_a_statement_per_month_hands_its_balance_on(books: Entity) -> None:
    report = account_statement(books, "1102", from_date=date(2026, 1, 15), per="month")
    assert [(one.from_date, one.to_date, one.opening, one.closing, len(one.lines)) for one in report.sections] == [
        (date(2026, 1, 15), date(2026, 1, 31), "1000.00", "1000.00", 0),
        (date(2026, 2, 1), date(2026, 2, 28), "1000.00", "833.33", 3),
        (date(2026, 3, 1), TODAY, "833.33", "753.33", 1),
    ]
    yearly = account_statement(books, "1102", from_date=LAST_YEAR, per="year")
    assert [one.closing for one in yearly.sections] == ["1000.00", "753.33"]


def test_cash_movement_is_the_change_of_the_cash_accounts(books: Entity) -> None:
    found = rows(cash_movement(books.id))
    before, after = trial(books, as_of=date(2025, 12, 31)), trial(books, as_of=TODAY)
    change = sum(after[code] - before.get(code, D(0)) for code in ("1101", "1102"))
    assert D(found["Change in cash"].amounts["net"]) == change == D("-446.67")
    assert {code: row.amounts["net"] for code, row in found.items() if row.account} == {
        "1501": "-400.00", "1502": "0.00", "2001": "-80.00", "4001": "33.33", "5001": "0.00",
    }  # fmt: skip
    assert found["5001"].amounts == {"net": "0.00", "inflow": "10.00", "outflow": "10.00"}
    assert found["Cash at the start of 2026-01-01"].amounts == {"net": "1260.49"}
    assert found["Cash at the end of 2026-03-02"].amounts == {"net": "813.82"}
    dollars = rows(cash_movement(books.id), "USD")
    assert dollars["3002"].amounts["inflow"] == "70.00"


def test_the_cash_accounts_can_be_named_also_by_their_header(books: Entity) -> None:
    assert rows(cash_movement(books.id, accounts=["11"])) == rows(cash_movement(books.id))
    till = rows(cash_movement(books.id, accounts=["1101"]))
    assert till["1102"].amounts["net"] == "-200.00"


def test_a_result_is_the_change_of_earnings(books: Entity) -> None:
    report = income_statement(books.id, from_date=date(2026, 1, 1))
    assert rows(report)["Profit or loss for the period"].amounts == {"amount": "-6.67"}
    assert rows(balance_sheet(books.id))["Profit or loss for the period"].amounts == {"amount": "-6.67"}
    assert rows(balance_sheet(books.id))["Prior-year earnings not yet allocated"].amounts == {"amount": "180.49"}


def test_a_contra_account_subtracts(books: Entity) -> None:
    found = rows(balance_sheet(books.id))
    assert found["1502"].amounts["amount"] == "-40.00"
    assert found["Total assets"].amounts == found["Total liabilities and equity"].amounts == {"amount": "1173.82"}
    assert found["Total Current assets"].amounts["amount"] == "813.82"


def test_each_currency_has_its_own_block(books: Entity) -> None:
    report = balance_sheet(books.id)
    assert [block.currency for block in report.blocks] == ["EUR", "USD"]
    assert rows(report, "USD")["Total assets"].amounts == {"amount": "70.00"}


def test_a_document_of_several_currencies_has_a_heading_for_each(books: Entity) -> None:
    found = [row.cells[0] for row in tree_document(trial_balance(books.id)).rows if row.style == "heading"]
    assert [name for name in found if name in {"EUR", "USD"}] == ["EUR", "USD"]


def test_books_of_one_currency_need_no_rates_to_be_shown_in_it() -> None:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    posted(entity, a_transfer("cash", "sales", "5", effective_date=FEBRUARY))
    assert rows(balance_sheet(entity.id, currency="EUR")) == rows(balance_sheet(entity.id))
    assert rows(income_statement(entity.id, currency="EUR")) == rows(income_statement(entity.id))


def test_zero_balances_are_shown_when_asked_for(books: Entity) -> None:
    assert not {"9999", "2001"} & trial(books).keys()  # the one never moved, the other came back to zero
    assert (trial(books, zeros=True)["9999"], trial(books, zeros=True)["2001"]) == (D(0), D(0))
    assert "9999" in {one.account for one in ledger(books, zeros=True).sections}


def test_the_tree_is_the_one_that_stands_now(books: Entity) -> None:
    entity = an_entity()
    an_account(entity, "1", name="Old", is_header=True)
    an_account(entity, "cash", parent="1")
    an_account(entity, "sales", "income")
    posted(entity, a_transfer("cash", "sales", "1", effective_date=FEBRUARY))
    an_account(entity, "2", name="New", is_header=True)
    change_account(entity.id, "cash", {"parent": "2"}, actor="test")
    assert "Total New" in rows(trial_balance(entity.id, as_of=FEBRUARY))


def test_a_report_knows_no_more_than_its_moment_and_says_so(books: Entity) -> None:
    entity = an_entity()
    an_account(entity, "cash", role="cash")
    an_account(entity, "paid", "equity")
    an_account(entity, "sales", "income")
    posted(entity, a_transfer("cash", "paid", "5", effective_date=FEBRUARY))
    first = posted(entity, a_transfer("cash", "sales", "10", effective_date=FEBRUARY))
    posted(entity, a_transfer("cash", "sales", "7", effective_date=FEBRUARY))
    asked: dict[str, Any] = {"known_at": first.recorded_at}
    sheet, income = balance_sheet(entity.id, **asked), income_statement(entity.id, **asked)
    cash = cash_movement(entity.id, **asked)
    of_ledger, of_cash = ledger(entity, **asked), account_statement(entity, "cash", **asked)
    reports = [trial_balance(entity.id, **asked), sheet, income, cash, of_ledger, of_cash]
    assert {(one.event_sequence, one.recorded_at) for one in reports} == {(first.event_sequence, first.recorded_at)}
    assert trial(entity, **asked) == {"cash": 15, "paid": -5, "sales": -10}
    assert rows(sheet)["Total assets"].amounts == {"amount": "15.00"}
    assert rows(income)["Profit or loss for the period"].amounts == {"amount": "10.00"}
    assert rows(cash)["Change in cash"].amounts["net"] == "15.00"
    assert signed(of_ledger) == trial(entity, totals="lifetime", **asked)
    assert signed(of_cash) == {"cash": 15}


def test_before_the_first_event_there_is_nothing(books: Entity) -> None:
    report = trial_balance(books.id, known_at=datetime(1, 1, 1, tzinfo=UTC))
    assert (report.blocks, report.event_sequence, report.recorded_at) == ([], 0, None)


def test_books_without_a_journal_have_empty_reports() -> None:
    entity = an_entity()
    an_account(entity, "cash", role="cash")
    assert trial_balance(entity.id).blocks == trial_balance(entity.id, view="worksheet").blocks == []
    assert ledger(entity).sections == []
    found = rows(balance_sheet(entity.id))
    assert {name: row.amounts["amount"] for name, row in found.items()} == {
        "Total assets": "0.00", "Total liabilities": "0.00", "Total equity": "0.00",
        "Total liabilities and equity": "0.00",
    }  # fmt: skip
    assert rows(cash_movement(entity.id))["Change in cash"].amounts["net"] == "0.00"
    assert ledger(an_entity()).sections == []


def test_movements_are_gross(books: Entity) -> None:
    with reading(books.id) as reader:
        by_code = {reader.accounts[one].code: total for one, total in reader.movements(FEBRUARY, TODAY).items()}
        assert by_code["1102"] == GrossTotals(D("233.33"), D(480))
        everything = reader.movements(date.min, TODAY)
        assert {one: total.net for one, total in everything.items()} == {
            one: total.net for one, total in reader.figures(TODAY).items()
        }


TOMORROW = TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    "ask, refusal, pointer",
    [
        (lambda e: trial_balance(e, as_of=TOMORROW), FutureDate, "/as_of"),
        (lambda e: trial_balance(e, view="worksheet", currency="EUR"), Malformed, "/currency"),
        (lambda e: trial_balance(e, currency="XXX"), UnknownCurrency, "/currency"),
        (lambda e: balance_sheet(e, compare=TOMORROW), FutureDate, "/compare"),
        (lambda e: income_statement(e, to_date=TOMORROW), FutureDate, "/to"),
        (lambda e: income_statement(e, from_date=TODAY, to_date=FEBRUARY), Malformed, "/from"),
        (lambda e: income_statement(e, compare_from=FEBRUARY), Malformed, "/compare_to"),
        (lambda e: income_statement(e, compare_to=FEBRUARY), Malformed, "/compare_from"),
        (lambda e: income_statement(e, compare_from=FEBRUARY, compare_to=TOMORROW), FutureDate, "/compare_to"),
        (lambda e: cash_movement(e, accounts=["1", "nowhere"]), NotFound, ""),
        (lambda e: general_ledger(e, accounts=["nowhere"]).__enter__(), NotFound, ""),
        (lambda e: statement(e, "11").__enter__(), HeaderAccount, "/account"),
    ],
    ids=[
        "tomorrow", "translated worksheet", "unknown currency", "compared with tomorrow", "to tomorrow", "backwards",
        "no end to compare", "no start to compare", "compared to tomorrow", "unknown cash", "unknown account", "header",
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused(books: Entity, ask: Any, refusal: type[Exception], pointer: str) -> None:
    with pytest.raises(refusal) as caught:
        ask(books.id)
    assert getattr(caught.value, "pointer", None) == pointer


def test_without_cash_accounts_cash_is_refused_by_name() -> None:
    entity = an_entity()
    an_account(entity, "money")
    with pytest.raises(NoCashAccounts):
        cash_movement(entity.id)


def test_more_lines_than_an_answer_holds_are_refused(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "MOST_JSON_LINES", 3)
    with pytest.raises(ReportTooLarge):
        ledger(books)
    with general_ledger(books.id) as listing:
        assert len(list(listing.document().rows)) > 20


def test_lines_that_do_not_lead_to_the_closing_balance_are_a_fault(
    books: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = posting_lines.ALL_LINES.replace("p.amount,", "p.amount + 1,", 1)
    monkeypatch.setattr(posting_lines, "ALL_LINES", wrong)
    with pytest.raises(ReportsDisagreeError, match="1101"):
        account_statement(books, "1101")
