"""What endpoints share: parameters, entity tags."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory

from ledgerflow.core.errors import DateOutOfRange, Malformed, PreconditionFailed, PreconditionRequired
from ledgerflow.web.headers import etag, expected_revision
from ledgerflow.web.queries import moment_parameter

pytestmark = pytest.mark.pure

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2026-03-02T12:00:00Z", NOON),
        ("2026-03-02T13:00:00+01:00", NOON),
        ("2026-03-03T05:25:00.5+17:25", NOON + timedelta(seconds=0.5)),
        ("1900-01-01T00:00:00Z", datetime(1900, 1, 1, tzinfo=UTC)),
        ("2999-12-31T23:59:59Z", datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_moment_is_taken_in_utc(text: str, moment: datetime) -> None:
    found = moment_parameter(RequestFactory().get("/", {"at": text}), "at")
    assert found == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "1900-01-01T00:00:00+01:00", "9999-12-31T23:59:59-14:00"]
)
def test_a_moment_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(DateOutOfRange) as refused:
        moment_parameter(RequestFactory().get("/", {"at": text}), "at")
    assert refused.value.pointer == "/at"


def test_a_moment_that_is_not_asked_for_is_none() -> None:
    assert moment_parameter(RequestFactory().get("/"), "at") is None


@pytest.mark.parametrize("text", ["", "noon", "2026-03-02", "2026-03-02T12:00:00", "1767225600"])
def test_a_moment_needs_its_offset(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        moment_parameter(RequestFactory().get("/", {"at": text}), "at")
    assert refusal.value.pointer == "/at"


@pytest.mark.parametrize("header, revision", [(etag(17), 17), (' "0" ', 0), ("*", None)], ids=["ours", "spaced", "any"])
def test_if_match_names_a_revision(header: str, revision: int | None) -> None:
    assert expected_revision(RequestFactory().get("/", headers={"if-match": header})) == revision


@pytest.mark.parametrize("header", ["17", 'W/"17"', '"17", "18"', '"abc"', '"-1"', '""', f'"{"9" * 19}"'])
def test_a_tag_that_is_none_of_ours_never_matches(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        expected_revision(RequestFactory().get("/", headers={"if-match": header}))


def test_a_change_needs_if_match() -> None:
    with pytest.raises(PreconditionRequired):
        expected_revision(RequestFactory().get("/"))
