"""What an idempotency key is, and how any text of ours becomes one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.http import HttpRequest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.books.idempotency import CLIENT, MAX_KEY, as_key, check_key, claim_of, fingerprint
from ledgerflow.core.errors import IdempotencyKeyMissing, LedgerError, Malformed
from ledgerflow.core.money import normalised
from ledgerflow.web.headers import idempotency_key

pytestmark = pytest.mark.pure

GOOD = ["k", "!", "~", 'a"b', "recurring:1:2026-03-03", "k" * MAX_KEY, "\\N"]
BAD = ["a b", " a", "a\n", "a\t", "ü\n\t", "schlüssel", "a\x00", "a\x7f", "k" * (MAX_KEY + 1), '"q-1"', '"', "\ud800"]


@pytest.mark.parametrize("key", GOOD)
def test_a_key_is_visible_ascii(key: str) -> None:
    check_key(key)


@pytest.mark.parametrize("key", BAD)
def test_nothing_else_is_a_key(key: str) -> None:
    with pytest.raises(Malformed) as refused:
        check_key(key)
    assert refused.value.pointer == "/idempotency_key"


def test_no_key_is_missing() -> None:
    with pytest.raises(IdempotencyKeyMissing):
        check_key("")


def sent(header: str) -> str:
    request = HttpRequest()
    request.META["HTTP_IDEMPOTENCY_KEY"] = header
    return idempotency_key(request)


@pytest.mark.parametrize(
    "header, key",
    [
        ("q-1", "q-1"), ('"q-1"', "q-1"), (' "q-1" ', "q-1"), (r'"a\"b\\c"', r'a"b\c'), (r"a\b", r"a\b"),
        (f'"{"k" * MAX_KEY}"', "k" * MAX_KEY),
    ],
)  # fmt: skip
def test_a_quoted_string_is_the_key_between_the_quotes(header: str, key: str) -> None:
    assert sent(header) == key


@pytest.mark.parametrize("header", ['"', '""', '"a', '"a b"', '"a"b"', r'"a\b"', '"a";b=1', '"a","b"', r'"\"a"', "ü"])
def test_a_header_that_begins_with_a_quote_is_a_string_or_nothing(header: str) -> None:
    with pytest.raises(LedgerError) as refused:
        sent(header)
    assert refused.value.status == 400


def test_a_fingerprint_is_of_what_was_sent_and_not_of_how_it_was_written() -> None:
    one = fingerprint(["hold.place", normalised(Decimal("1.250")), None])
    assert one == fingerprint(["hold.place", normalised(Decimal("1.25")), None])
    assert one != fingerprint(["hold.place", normalised(Decimal("1.26")), None])
    assert (len(one), one[0]) == (33, 1)
    # Pinned: keys are kept for ever, so that a fingerprint of years ago must still match.
    assert one.hex() == "014aa2dd649fd1807bca347ca877088377696975ffc22121c6ab8150471a65883a"


def test_a_claim_says_so_in_its_event() -> None:
    claim = claim_of("k", ["year_end", 1])
    assert (claim.issuer, claim.key) == (CLIENT, "k")
    assert claim.fact() == {"idempotency_key": "k", "fingerprint": claim.fingerprint.hex(), "key_issuer": "client"}


@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=300))
def test_any_text_becomes_a_key_and_no_two_the_same(one: str, other: str) -> None:
    first, second = as_key(f"opening:{one}"), as_key(f"opening:{other}")
    check_key(first)
    assert (first == second) == (one == other)


def test_a_text_that_is_a_key_stays_as_it_is() -> None:
    assert as_key("opening:1000-CASH") == "opening:1000-CASH"
    assert as_key("opening:Bär 1%") == "opening:B%C3%A4r%201%25"
    assert as_key("ü" * 100).startswith("%sha256:")
