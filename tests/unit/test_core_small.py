"""Errors and the clock: little code that everything leans on."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from ledgerflow.core import clocks, errors
from ledgerflow.core.errors import FieldErrors, InsufficientFunds, LedgerError, Malformed, TryAgain


def all_classes(base: type[LedgerError] = LedgerError) -> list[type[LedgerError]]:
    return [base, *(found for child in base.__subclasses__() for found in all_classes(child))]


def test_the_clock_is_in_utc() -> None:
    assert clocks.now().tzinfo is UTC
    assert clocks.TICK / timedelta(microseconds=1) == 1


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


def test_no_two_kinds_of_error_share_a_code() -> None:
    codes = [kind.code for kind in all_classes() if kind is not FieldErrors]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("kind", all_classes())
def test_only_what_failed_for_now_can_be_retried(kind: type[LedgerError]) -> None:
    assert kind.retryable == issubclass(kind, TryAgain)
    assert (kind.status == 503) == kind.retryable
    assert kind.__module__ == errors.__name__
