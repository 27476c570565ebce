"""Errors, failures, the clock, SQL files, columns of money: little code that everything leans on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from journals.errors import InsufficientFunds
from ledgerflow.core import clocks
from ledgerflow.core.dates import day_after, day_before
from ledgerflow.core.errors import FieldErrors, LedgerError, Malformed, OutcomeUnknown, TryAgain
from ledgerflow.core.errors.base import by_constraint
from ledgerflow.core.failures import MAX_MESSAGE, described
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.sqlfiles import sql_file, sql_files, sql_function_again

pytestmark = pytest.mark.pure


def test_the_clock_is_in_utc() -> None:
    assert clocks.now().tzinfo is UTC
    assert clocks.TICK / timedelta(microseconds=1) == 1


def test_moments_are_shown_with_microseconds_and_z() -> None:
    assert clocks.as_text(datetime(2026, 3, 2, 10, 0, tzinfo=UTC)) == "2026-03-02T10:00:00.000000Z"


def test_a_refusal_says_its_sentence_with_its_data_and_is_found_by_its_constraint() -> None:
    class _TooLate(LedgerError):
        template = "The day {day} is over."
        constraints = ("nothing_after_midnight",)

    refusal = _TooLate(day="2026-03-02", pointer="/day")
    assert (refusal.message, str(refusal), refusal.data) == ("The day 2026-03-02 is over.",) * 2 + (
        {"day": "2026-03-02"},
    )
    assert by_constraint.pop("nothing_after_midnight") is _TooLate


def test_a_constraint_stands_for_one_refusal() -> None:
    with pytest.raises(TypeError, match="balance_min stands for InsufficientFunds already, and not for _Broke as well"):

        class _Broke(LedgerError):
            constraints = ("balance_min",)

    assert by_constraint["balance_min"] is InsufficientFunds


def test_an_sql_file_goes_forward_and_back(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "thing.sql").write_text("CREATE THING; -- and ; more\n-- back --\nDROP THING;\n")
    (tmp_path / "sql" / "one_way.sql").write_text("CREATE THING;\n")
    migration = str(tmp_path / "migrations" / "0001_initial.py")
    operation = sql_file(migration, "thing")
    assert (operation.sql, operation.reverse_sql) == (["CREATE THING; -- and ; more"], ["DROP THING;\n"])
    with pytest.raises(ValueError, match="has no line '-- back --'"):
        sql_file(migration, "one_way")


def test_a_function_is_replaced_and_its_trigger_left(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    function, trigger = "CREATE FUNCTION f() AS $$\nBEGIN;\nEND\n$$;\n", "CREATE TRIGGER t EXECUTE FUNCTION f();"
    (tmp_path / "sql" / "guard.sql").write_text(f"-- Why.\n{function}{trigger}\n-- back --\nDROP FUNCTION f();\n")
    operation = sql_function_again(str(tmp_path / "migrations" / "0002_again.py"), "guard")
    replaced = function.replace("CREATE", "CREATE OR REPLACE")
    assert (operation.sql, operation.reverse_sql) == ([f"-- Why.\n{replaced}"], operation.noop)


def test_sql_files_are_run_in_the_order_they_are_named_in(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    for name in ("table", "guard"):
        (tmp_path / "sql" / f"{name}.sql").write_text(f"CREATE {name};\n-- back --\nDROP {name};\n")
    operations = sql_files(str(tmp_path / "migrations" / "0001_initial.py"), ["table", "guard"])
    assert [operation.sql for operation in operations] == [["CREATE table;"], ["CREATE guard;"]]


def test_a_column_of_money_keeps_the_decimals_that_were_written() -> None:
    """So it has no scale of its own, neither in the database nor in a migration, and takes all digits in Django."""
    field = MoneyField(null=True)
    assert field.db_type(connection) == "numeric"
    assert field.deconstruct()[1:] == ("ledgerflow.core.fields.MoneyField", [], {"null": True})
    for one in (field, field.clone()):
        assert (one.max_digits, one.decimal_places, one.null) == (76, 18, True)


def test_an_error_carries_its_pointer_and_data() -> None:
    error = InsufficientFunds("1001 has 5.00 available.", pointer="/amount", account="1001", available="5.00")
    assert (error.code, error.status, error.retryable) == ("insufficient_funds", 422, False)
    assert (error.message, str(error)) == ("1001 has 5.00 available.", "1001 has 5.00 available.")
    assert error.pointer == "/amount"
    assert error.data == {"account": "1001", "available": "5.00"}
    assert repr(error) == "InsufficientFunds('1001 has 5.00 available.', {'account': '1001', 'available': '5.00'})"


def test_an_error_speaks_for_the_whole_request_unless_told_otherwise() -> None:
    assert Malformed("Not JSON.").pointer == ""


def test_field_errors_show_the_first_and_keep_them_all() -> None:
    error = FieldErrors({"/amount": "Missing.", "/currency": "Too long."})
    assert (error.pointer, error.message, error.code) == ("/amount", "Missing.", "malformed")
    assert error.errors == {"/amount": "Missing.", "/currency": "Too long."}


def test_an_unknown_outcome_is_no_promise_that_nothing_was_written() -> None:
    assert not issubclass(OutcomeUnknown, TryAgain)
    assert (OutcomeUnknown.status, OutcomeUnknown.retryable) == (504, True)


def test_a_refusal_is_described_by_its_code_and_sentence() -> None:
    refusal = InsufficientFunds(account="1001", available="5.00", min_balance="0.00")
    assert described(refusal) == {
        "code": "insufficient_funds",
        "message": "1001 has 5.00 available above its limit of 0.00.",
    }


@pytest.mark.parametrize("error", [TryAgain(), OutcomeUnknown()], ids=lambda error: error.code)
def test_what_may_succeed_later_is_described_as_such(error: LedgerError) -> None:
    assert described(error) == {"code": error.code, "message": error.message, "retryable": True}


def test_what_is_no_refusal_is_described_as_the_fault_of_a_programmer() -> None:
    assert described(KeyError("rate")) == {"code": "internal_error", "message": "KeyError: 'rate'"}


def test_what_is_kept_of_a_failure_can_be_stored() -> None:
    assert described(ValueError("a\x00b\ud800c"))["message"] == "ValueError: a?b?c"
    assert described(Malformed("a\x00b"))["message"] == "a?b"
    assert described(Malformed("é" * (MAX_MESSAGE + 1)))["message"] == "é" * MAX_MESSAGE


def test_the_day_before_the_first_and_after_the_last_is_that_day_itself() -> None:
    assert (day_before(date.min), day_after(date.max)) == (date.min, date.max)
    assert (day_before(date(2026, 3, 1)), day_after(date(2026, 2, 28))) == (date(2026, 2, 28), date(2026, 3, 1))
