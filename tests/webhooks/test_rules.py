"""Signatures, the schedule of attempts, and which events a webhook gets."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from ledgerflow.core.errors import Malformed
from ledgerflow.events.webhooks.errors import WebhookTypesCount, WebhookTypeUnknown
from ledgerflow.events.webhooks.filters import checked_types, fits
from ledgerflow.events.webhooks.retries import LONGEST_WAIT, SCHEDULE, a_share, next_attempt, read_retry_after
from ledgerflow.events.webhooks.sending.signing import new_secret, signed_headers

pytestmark = pytest.mark.pure

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_message_is_signed_as_the_standard_says() -> None:
    """With the example that the reference libraries of Standard Webhooks are tested with."""
    headers = signed_headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_is_long_enough_and_new_each_time() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        assert secret.startswith("whsec_")
        assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64


def test_two_secrets_sign_twice() -> None:
    keys = [new_secret(), new_secret()]
    both = signed_headers(keys, "id", NOW, b"{}")["webhook-signature"].split(" ")
    assert both == [signed_headers([key], "id", NOW, b"{}")["webhook-signature"] for key in keys]


def test_the_schedule_is_that_of_the_standard() -> None:
    assert sum(SCHEDULE, timedelta(0)) == timedelta(days=3, hours=3, minutes=35, seconds=5)
    assert [next_attempt(tried, NOW, share=lambda: 1000) for tried in range(1, 11)] == [
        *(NOW + delay for delay in SCHEDULE[1:]),
        None,
    ]


def test_jitter_is_a_tenth_at_most() -> None:
    shares = {a_share() for _ in range(5000)}
    assert min(shares) >= 900
    assert max(shares) <= 1100
    assert len(shares) > 150


@pytest.mark.parametrize(
    "header, seconds",
    [
        ("120", 120), (" 0 ", 0), ("9" * 9, 999_999_999), ("9" * 50, 86_400), ("Mon, 02 Mar 2026 12:05:00 GMT", 300),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0), ("Monday, 02-Mar-26 12:05:00 GMT", 300),
    ],
)  # fmt: skip
def test_a_receiver_says_when_to_come_again(header: str, seconds: int) -> None:
    assert read_retry_after(header, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("header", [None, "", "soon", "-1", "1.5", "٣", "1e9", "99 Foo 2026", "\x00", "x" * 5000])
def test_nonsense_says_nothing(header: str | None) -> None:
    assert read_retry_after(header, NOW) is None


def test_more_time_is_given_within_bounds_and_less_is_not() -> None:
    def wait(tried: int, asked_for: timedelta) -> timedelta:
        return (next_attempt(tried, NOW, asked_for, lambda: 1000) or NOW) - NOW

    assert wait(1, timedelta(hours=1)) == timedelta(hours=1)
    assert wait(9, timedelta(seconds=1)) == SCHEDULE[9]
    assert wait(1, timedelta(days=400)) == LONGEST_WAIT
    assert next_attempt(10, NOW, timedelta(hours=1)) is None


@pytest.mark.parametrize(
    "pattern, type_, is_one",
    [
        ("*", "journal.posted.v1", True),
        ("journal.*", "journal.posted.v1", True),
        ("journal.posted.*", "journal.posted.v2", True),
        ("journal.posted.v1", "journal.posted.v1", True),
        ("journal.posted.v1", "journal.posted.v10", False),
        ("journal.posted", "journal.posted.v1", False),
        ("jour*", "journal.posted.v1", False),
        ("journal.*", "journals.posted.v1", False),
        ("journal.*", "journal", False),
    ],
)
def test_an_event_is_one_of_a_pattern(pattern: str, type_: str, is_one: bool) -> None:
    assert fits([pattern], type_) is is_one


def test_types_are_those_that_rooms_declare() -> None:
    given = ["journal.posted.v1", "account.*", "*", "journal.posted.v1"]
    assert checked_types(given) == ["journal.posted.v1", "account.*", "*"]


@pytest.mark.parametrize("pattern", ["", "journal", "journal.posted", "journal.posted.v2", "journal.lost.v1", "jour*", ".*", "**", "*.posted.v1", "JOURNAL.*", "webhook.test.v1", "\x00", "x" * 500])  # fmt: skip
def test_a_type_that_nobody_declares_is_refused(pattern: str) -> None:
    with pytest.raises(WebhookTypeUnknown) as refused:
        checked_types(["*", pattern])
    assert refused.value.pointer == "/event_types/1"


@pytest.mark.parametrize("types", [[], [f"x{number}" for number in range(101)]])
def test_there_are_some_and_not_too_many(types: list[str]) -> None:
    with pytest.raises(WebhookTypesCount) as refused:
        checked_types(types)
    assert isinstance(refused.value, Malformed)
