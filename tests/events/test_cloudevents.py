"""Events as messages, there and back."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.core.events import Fact, RecordedEvent
from ledgerflow.events.cloudevents import MessageRefusedError, event_of, headers_of, versioned_type

pytestmark = pytest.mark.pure

EVENT = RecordedEvent(
    UUID(int=1), 7, UUID(int=2), "journal.posted", "4711", '{"a":"ü"}', "key:1", "2026-11-27T10:00:00.000000+00:00",
    bytes(range(32)),
)  # fmt: skip
storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


def test_a_message_has_the_attributes_of_cloudevents_and_of_the_chain() -> None:
    found = {name: value.decode() for name, value in headers_of(EVENT, "demo")}
    assert found == {
        "ce_specversion": "1.0",
        "ce_id": "00000000-0000-0000-0000-000000000002",
        "ce_source": "/entities/demo",
        "ce_type": "journal.posted.v1",
        "ce_subject": "4711",
        "ce_time": "2026-11-27T10:00:00.000000+00:00",
        "ce_entityid": "00000000-0000-0000-0000-000000000001",
        "ce_sequence": "7",
        "ce_actor": "key:1",
        "ce_hash": EVENT.hash.hex(),
        "content-type": "application/json",
        "traceparent": "00-00000000000000000000000000000002-0001020304050607-00",
    }


@given(
    st.builds(
        EVENT._replace, subject=storable, actor=storable, data=storable, sequence=st.integers(1, 2**63 - 1),
        type=st.sampled_from(["journal.posted", "day.closed.v2"]), hash=st.binary(min_size=32, max_size=32),
    )
)  # fmt: skip
def test_what_is_sent_comes_back(event: RecordedEvent) -> None:
    assert event_of(headers_of(event, "demo"), event.data.encode()) == event


@pytest.mark.parametrize(
    "changed",
    [
        {"ce_entityid": None},
        {"ce_entityid": b"no id"},
        {"ce_sequence": b"0"},
        {"ce_sequence": b"seven"},
        {"ce_hash": b"00"},
        {"ce_hash": b"zz"},
        {"ce_subject": b"\xff"},
        {"ce_specversion": b"0.3"},
        {"ce_specversion": None},
    ],
)
def test_a_message_of_another_kind_is_refused(changed: dict[str, bytes | None]) -> None:
    found = {name: value for name, value in (dict(headers_of(EVENT, "demo")) | changed).items() if value is not None}
    with pytest.raises(MessageRefusedError):
        event_of(list(found.items()), b"{}")


def test_no_headers_and_no_value_are_refused() -> None:
    with pytest.raises(MessageRefusedError):
        event_of(None, None)


def test_the_type_that_others_see_ends_in_its_version() -> None:
    class First(Fact, frozen=True):
        event_type = "thing.made"

    class Second(Fact, frozen=True):
        event_type = "thing.made.v2"
        event_version = 2

    assert [versioned_type(First), versioned_type(Second)] == ["thing.made.v1", "thing.made.v2"]
