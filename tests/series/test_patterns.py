"""What numbers of a series look like."""

from __future__ import annotations

import pytest

from journals.series.patterns import fault_of, written

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    "pattern, restarts, text",
    [
        ("INV-{year}-{number:05}", "year", "INV-2026-00042"),
        ("{number}/{year}", "year", "42/2026"),
        ("JV {number:01}", "never", "JV 42"),
        ("{number:09}", "never", "000000042"),
    ],
)
def test_a_number_is_written(pattern: str, restarts: str, text: str) -> None:
    assert fault_of(pattern, restarts) == ""
    assert written(pattern, 2026, 42) == text


@pytest.mark.parametrize(
    "pattern, restarts, fault",
    [
        ("INV-{number}", "year", "with {year} where it restarts"),
        ("INV-{year}-{number}", "never", "without where it never does"),
        ("INV-{year}", "year", "{number} once"),
        ("{number}{number}", "never", "{number} once"),
        ("{year}{year}{number}", "year", "at most once"),
        ("{number:5}", "never", "letters"),
        ("{number}\n", "never", "letters"),
        ("{x}{number}", "never", "letters"),
        ("", "never", "at most 40"),
        ("x" * 33 + "{number}", "never", "at most 40"),
        ("é{number}", "never", "letters"),
    ],
)
def test_a_pattern_that_makes_no_numbers_is_refused(pattern: str, restarts: str, fault: str) -> None:
    assert fault in fault_of(pattern, restarts)
