from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journals.drafts import Draft
from journals.portability.chart import AccountOptions, Charting
from journals.portability.drafting import Drafting, JournalOptions, rounding_options
from ledgerflow.core.errors import Malformed
from ledgerflow.files.items import Item, grouped, limited, raw_text, read_date, read_raw
from ledgerflow.files.problems import OptionProblem
from ledgerflow.files.rows import FileRow

pytestmark = pytest.mark.pure

HASH = "f" * 64
LONGEST = f"{'9' * 20}.{'9' * 18}"
TRANSFER = ["debit_account", "credit_account", "amount"]


def items(header: list[str], *rows: list[str] | FileRow, **options: Any) -> list[Item[Draft]]:
    numbered = [row if isinstance(row, FileRow) else FileRow(number, row) for number, row in enumerate(rows, 2)]
    return list(Drafting(header, JournalOptions(**options), HASH).items(iter(numbered)))


def draft(header: list[str], *rows: list[str], **options: Any) -> Draft:
    (item,) = items(header, *rows, **options)
    assert item.refusal is None, item.refusal
    assert item.wanted is not None
    return item.wanted


def refusal(header: list[str], *rows: list[str] | FileRow, **options: Any) -> tuple[str, str]:
    (item,) = items(header, *rows, **options)
    assert item.refusal is not None
    return item.refusal.code, item.refusal.message


def amounts(one: Draft) -> list[tuple[str, Decimal]]:
    return [(line.account, line.amount) for line in one.lines]


# Transfers


def test_a_row_is_a_transfer_with_a_key_of_file_and_row() -> None:
    one = draft(TRANSFER, ["A", "B", "12.30"])
    assert (one.kind, one.key, one.effective_date) == ("transfer", f"import:{HASH[:32]}:2", None)
    assert amounts(one) == [("A", Decimal("12.30")), ("B", Decimal("-12.30"))]


def test_everything_else_a_transfer_can_say() -> None:
    header = [
        *TRANSFER,
        "currency",
        "date",
        "description",
        "reference",
        "key",
        "metadata",
        "metadata.shop",
        "dimension.project",
    ]
    one = draft(
        header,
        ["A", "B", "1", "EUR", "2026-03-01", "Rent", "R1", "k1", '{"a":1}', "", "P"],
        advance=True,
        actor="me",
    )
    assert (one.key, one.effective_date, one.description, one.external_reference) == (
        "k1",
        date(2026, 3, 1),
        "Rent",
        "R1",
    )
    assert (one.metadata, one.advance_business_date, one.actor) == ({"a": 1}, True, "me")
    assert [(line.currency, line.dimensions) for line in one.lines] == [("EUR", {"project": "P"})] * 2


def test_steps_are_days_after_the_start_date() -> None:
    one = draft([*TRANSFER, "date"], ["A", "B", "1", "31"], start_date="2026-01-01")
    assert one.effective_date == date(2026, 2, 1)


@pytest.mark.parametrize("cells, words", [
    (["A", "B"], "2 columns where the header has 3"),
    (["A", "B", "1", "2"], "4 columns where the header has 3"),
    (["A", "B", "1e3"], "not an amount"),
    (["A", "B", "-1"], "not an amount"),
    (["A", "B", "NaN"], "not an amount"),
    (["A", "B", "0.00"], "greater than zero"),
    (["A", "B", ""], "not an amount"),
])  # fmt: skip
def test_a_row_that_cannot_be_a_transfer_is_refused(cells: list[str], words: str) -> None:
    code, message = refusal(TRANSFER, cells)
    assert code == "malformed"
    assert words in message


@pytest.mark.parametrize("field, text, code", [
    ("date", "01.03.2026", "malformed"),
    ("date", "2026-02-30", "malformed"),
    ("key", "", "idempotency_key_missing"),
    ("metadata", "[1]", "malformed"),
    ("metadata", "[" * 5000, "malformed"),
    ("description", "x" * 501, "malformed"),
])  # fmt: skip
def test_a_field_that_cannot_be_is_refused(field: str, text: str, code: str) -> None:
    assert refusal([*TRANSFER, field], ["A", "B", "1", text])[0] == code


def test_a_row_that_could_not_be_read_is_refused_with_its_reason() -> None:
    assert refusal(TRANSFER, FileRow(2, ['"x'], "a stray quote")) == ("malformed", "a stray quote")


@pytest.mark.parametrize("text", ["9999999", "-1", "1.5", "x"])
def test_a_step_that_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_date(text, date(2026, 1, 1))


# Groups

LINES = ["id", "account", "amount"]


def test_rows_with_the_same_cell_are_one_journal() -> None:
    found = items(LINES, ["1", "A", "5"], ["1", "B", "-5"], ["2", "A", "-7"], ["2", "B", "7"], group_by="id")
    assert [(item.row, item.after) for item in found] == [(2, 4), (4, 6)]
    first = found[0].wanted
    assert first is not None
    assert (first.kind, first.key) == ("manual", f"import:{HASH[:32]}:2")
    assert amounts(first) == [("A", Decimal(5)), ("B", Decimal(-5))]


@pytest.mark.parametrize("header, first, second", [
    (["id", "account", "amount", "side"], ["1", "A", "5", "debit"], ["1", "B", "5", "CR"]),
    (["id", "account", "debit", "credit"], ["1", "A", "5", ""], ["1", "B", "0.00", "5"]),
])  # fmt: skip
def test_sides_may_be_told_by_a_column_or_by_two(header: list[str], first: list[str], second: list[str]) -> None:
    assert amounts(draft(header, first, second, group_by="id")) == [("A", Decimal(5)), ("B", Decimal(-5))]


@pytest.mark.parametrize("header, row, words", [
    (["id", "account", "amount", "side"], ["1", "A", "5", "left"], "A side is debit or credit"),
    (["id", "account", "debit", "credit"], ["1", "A", "5", "5"], "Either debit or credit"),
    (["id", "account", "debit", "credit"], ["1", "A", "", "0"], "Either debit or credit"),
    (LINES, ["1", "A", "5"], "from 2 to 1000 lines"),
])  # fmt: skip
def test_a_line_that_cannot_be_is_refused(header: list[str], row: list[str], words: str) -> None:
    assert words in refusal(header, row, group_by="id")[1]


def test_rows_of_a_journal_agree_on_what_belongs_to_the_journal() -> None:
    header = [*LINES, "date"]
    _, message = refusal(header, ["1", "A", "5", "2026-03-01"], ["1", "B", "-5", "2026-03-02"], group_by="id")
    assert message == "The rows of one journal differ in date."


def test_a_broken_row_takes_the_journals_on_both_sides_with_it() -> None:
    rows = [["1", "A", "5"], ["1", "B", "-5"], ["2", "A", "5"], ["2", "B", "-5"], ["3", "A", "1"], ["3", "B", "-1"]]
    numbered = [FileRow(number, cells) for number, cells in enumerate(rows, 2)]
    numbered.insert(2, FileRow(99, ["?"], "broken"))
    found = items(LINES, *numbered, group_by="id")
    assert [item.refusal is None for item in found] == [False, True]
    assert len(found[0].raw) == 5


def test_a_group_too_large_is_refused_whole_though_its_rest_would_balance() -> None:
    rows = [["1", "A", "1" if n % 2 else "-1"] for n in range(2500)] + [["2", "A", "1"], ["2", "B", "-1"]]
    found = items(LINES, *rows, group_by="id")
    assert [len(item.raw) for item in found] == [1001, 1001, 498, 2]
    assert [item.refusal is not None for item in found] == [True, True, True, False]


def test_a_thousand_lines_are_one_journal() -> None:
    rows = [["1", f"A{n}", "1" if n % 2 else "-1"] for n in range(1000)]
    assert len(draft(LINES, *rows, group_by="id").lines) == 1000


@given(st.lists(st.tuples(st.sampled_from("12?"), st.just("x")), max_size=40), st.integers(1, 5))
def test_grouping_loses_no_row_and_keeps_the_order(marks: list[tuple[str, str]], most: int) -> None:
    rows = [FileRow(n, [mark], "broken" if mark == "?" else "") for n, (mark, _) in enumerate(marks)]
    groups = list(grouped(rows, 0, most))
    assert [row for group in groups for row in group.rows] == rows
    assert all(len(group.rows) <= most + 1 for group in groups)
    if not any(row.problem for row in rows):
        assert all(len({row.cells[0] for row in group.rows}) == 1 for group in groups)


def test_what_does_not_balance_gets_a_residual_line_within_the_tolerance() -> None:
    options = {"group_by": "id", "rounding_account": "R", "rounding_tolerance": "0.01"}
    assert amounts(draft(LINES, ["1", "A", "5.01"], ["1", "B", "-5"], **options))[-1] == ("R", Decimal("-0.01"))
    assert len(draft(LINES, ["1", "A", "5.02"], ["1", "B", "-5"], **options).lines) == 2
    assert len(draft(LINES, ["1", "A", "5"], ["1", "B", "-5"], **options).lines) == 2


# Options


@pytest.mark.parametrize("header, options, words", [
    (["account", "amount"], {}, "Nothing says where credit_account, debit_account comes from"),
    (["id", "account"], {"group_by": "id"}, "Nothing says where amount comes from"),
    (["id", "account", "debit"], {"group_by": "id"}, "Nothing says where credit comes from"),
    (["id", "account", "debit", "credit", "amount"], {"group_by": "id"}, "not both"),
    (["account", "amount"], {"group_by": "id"}, "no column 'id'"),
    (TRANSFER, {"start_date": "soon"}, "not a date"),
])  # fmt: skip
def test_options_that_do_not_fit_say_why(header: list[str], options: dict[str, str], words: str) -> None:
    with pytest.raises(OptionProblem, match=words):
        items(header, **options)


@pytest.mark.parametrize("account, tolerance", [("R", "0"), ("", "0.01"), ("R", "-1"), ("R", "x")])
def test_rounding_needs_an_account_and_a_positive_tolerance(account: str, tolerance: str) -> None:
    with pytest.raises(OptionProblem, match="--rounding-tolerance"):
        rounding_options(account, tolerance)


def test_cells_survive_the_table_of_refusals() -> None:
    raw = [["a", "\x00", 'ü"'], []]
    assert "\x00" not in raw_text(raw)
    assert read_raw(raw_text(raw)) == raw


def test_batches_are_bounded_by_items_and_by_rows() -> None:
    small = [Item(n, n + 1, [["x"]], wanted=n) for n in range(5)]
    assert [len(batch) for batch in limited(small, 2, 100)] == [2, 2, 1]
    assert [len(batch) for batch in limited(small, 100, 3)] == [3, 2]


# Accounts


def chart(header: list[str], row: list[str], **options: Any) -> Any:
    (item,) = Charting(header, AccountOptions(**options)).accounts([FileRow(2, row)])
    return item.refusal or item.wanted


def test_a_row_is_an_account() -> None:
    header = ["code", "name", "type", "currency", "parent", "is_header", "monetary", "min_balance", "metadata.branch"]
    spec = chart(header, ["1000", "", "liability", "EUR", "1", "no", "yes", "-5.00", "Bern"])
    assert (spec.code, spec.name, spec.type, spec.normal_side) == ("1000", "1000", "liability", "credit")
    assert (spec.parent, spec.is_header, spec.monetary) == ("1", False, True)
    assert (spec.min_balance, spec.max_balance, spec.metadata) == (Decimal("-5.00"), None, {"branch": "Bern"})


@pytest.mark.parametrize("header, row", [
    (["code", "currency", "type"], ["1", "EUR", "cash"]),
    (["code", "currency", "is_header"], ["1", "EUR", "perhaps"]),
    (["code", "currency", "min_balance"], ["1", "EUR", "1e3"]),
    (["code", "currency", "metadata"], ["1", "EUR", "[]"]),
    (["code", "currency"], ["a/b", "EUR"]),
    (["code", "currency"], ["a"]),
])  # fmt: skip
def test_a_row_that_cannot_be_an_account_is_refused(header: list[str], row: list[str]) -> None:
    assert chart(header, row).code == "malformed"


@pytest.mark.parametrize("kind, text, expected", [
    ("liability", "5", [("1", Decimal(-5)), ("CASH", Decimal(5))]),
    ("asset", "5", [("1", Decimal(5)), ("CASH", Decimal(-5))]),
    ("asset", "-5", [("1", Decimal(-5)), ("CASH", Decimal(5))]),
    ("liability", LONGEST, [("1", Decimal(f"-{LONGEST}")), ("CASH", Decimal(LONGEST))]),
    ("asset", "0.00", None),
    ("asset", "", None),
])  # fmt: skip
def test_an_opening_balance_stands_on_the_account_s_normal_side(kind: str, text: str, expected: Any) -> None:
    charting = Charting(["code", "currency", "type", "opening"], AccountOptions(opening_account="CASH"))
    found = list(charting.openings([FileRow(2, ["1", "EUR", kind, text])], date(2026, 3, 1)))
    if expected is None:
        assert found == []
        return
    one = found[0].wanted
    assert one is not None
    assert (one.kind, one.key, one.effective_date) == ("opening", "opening:1", date(2026, 3, 1))
    assert amounts(one) == expected


@pytest.mark.parametrize("header, options, words", [
    (["code"], {}, "Nothing says where currency comes from"),
    (["code", "currency", "opening"], {}, "go together"),
    (["code", "currency"], {"opening_account": "CASH"}, "go together"),
])  # fmt: skip
def test_account_options_that_do_not_fit_say_why(header: list[str], options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionProblem, match=words):
        Charting(header, AccountOptions(**options))
