"""The registry of what rooms add: names are unique, and a room is taken whole or not at all."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ledgerflow.core.events import Fact, check_declared
from ledgerflow.core.plugins import (
    Check,
    CommandKind,
    Cure,
    Finding,
    HomeCheck,
    HomeLook,
    JournalKindSpec,
    Plugin,
    Registry,
)

pytestmark = pytest.mark.pure


def _nothing(*_: object) -> list[Finding]:
    return []


def test_a_finding_is_its_sentence_and_says_where_it_is_put_right() -> None:
    cure = Cure("Account", "accounts_account_change", 1)
    assert (Finding("LOST stands at 1.00.", cure), Finding("It failed.").cure) == ("LOST stands at 1.00.", None)
    assert Finding("LOST stands at 1.00.", cure).cure == cure


def test_a_check_of_home_looks_at_books_or_for_a_person() -> None:
    check = HomeCheck("lost", "Lost money", 1, find=lambda _entity: HomeLook())
    rooms = Registry()
    rooms.add(Plugin(room="billing", home_checks=(check,)))
    assert rooms.home_checks == {"lost": check}
    both: dict[str, Any] = {"find": lambda _: HomeLook(), "find_for": lambda _, __: {}}
    for given in ({}, both):
        with pytest.raises(ValueError, match="lost looks either at books or for a person"):
            HomeCheck("lost", "Lost money", 1, **given)


def test_a_room_is_taken_in_once() -> None:
    rooms = Registry()
    rooms.add(Plugin(room="billing", journal_kinds=(JournalKindSpec("invoice", "Invoice"),)))
    with pytest.raises(ValueError, match="billing"):
        rooms.add(Plugin(room="billing"))
    assert rooms.journal_kinds == {"invoice": JournalKindSpec("invoice", "Invoice")}


def test_a_name_is_declared_once_over_all_rooms_and_a_refused_room_leaves_nothing() -> None:
    rooms = Registry()
    rooms.add(Plugin(room="one", checks=(Check("open_items", _nothing),)))
    two = Plugin(
        room="two", journal_kinds=(JournalKindSpec("invoice", "Invoice"),), checks=(Check("open_items", _nothing),)
    )
    with pytest.raises(ValueError, match="open_items"):
        rooms.add(two)
    assert not rooms.journal_kinds
    assert [plugin.room for plugin in rooms.plugins] == ["one"]


def test_a_room_does_not_declare_a_name_twice() -> None:
    twice = Plugin(room="one", checks=(Check("open_items", _nothing), Check("open_items", _nothing)))
    with pytest.raises(ValueError, match="open_items"):
        Registry().add(twice)


def test_what_rooms_say_of_their_tables_scopes_and_labels_is_asked_in_one_place() -> None:
    rooms = Registry()
    rooms.add(
        Plugin(
            room="billing",
            scope_permissions={
                "post": ("billing.add_invoice", "billing.send_invoice"),
                "read": ("billing.view_invoice",),
            },
            history_tables=frozenset({"billing_invoice"}),
            never_deleted_tables={"billing_customer": ("name",)},
            step_labels=(("invoices", "invoices sent"),),
        )
    )
    rooms.add(
        Plugin(
            room="dunning",
            scope_permissions={"post": ("dunning.add_reminder", "billing.send_invoice")},
            history_tables=frozenset({"dunning_reminder"}),
            never_deleted_tables={"dunning_level": ("days", "fee")},
            step_labels=(("reminders", "reminders sent"),),
        )
    )
    rooms.add(Plugin(room="silent"))
    assert rooms.permissions_of_scope("post") == {"billing.add_invoice", "billing.send_invoice", "dunning.add_reminder"}
    assert rooms.permissions_of_scope("read") == {"billing.view_invoice"}
    assert rooms.permissions_of_scope("nobody's") == frozenset()
    assert rooms.history_tables == {"billing_invoice", "dunning_reminder"}
    assert rooms.never_deleted_tables == {"billing_customer": ("name",), "dunning_level": ("days", "fee")}
    assert rooms.step_labels == {"invoices": "invoices sent", "reminders": "reminders sent"}


class Billed(Fact, frozen=True):
    event_type = "invoice.billed"

    amount: str


class BilledAgain(Fact, frozen=True):
    event_type = "invoice.billed"


class BilledInTwo(Fact, frozen=True):
    event_type = "invoice.billed.v2"
    event_version = 2


class Nameless(Fact, frozen=True):
    pass


class OneWord(Fact, frozen=True):
    event_type = "billed"


class VersionUnsaid(Fact, frozen=True):
    event_type = "invoice.billed"
    event_version = 2


class VersionTooMuch(Fact, frozen=True):
    event_type = "invoice.billed.v1"


def test_versions_of_an_event_stand_beside_each_other() -> None:
    rooms = Registry()
    rooms.add(Plugin(room="billing", events=(Billed, BilledInTwo)))
    assert rooms.events == {"invoice.billed": Billed, "invoice.billed.v2": BilledInTwo}
    assert Billed.read('{"amount":"2.50"}') == Billed("2.50")


def test_a_type_of_event_is_declared_by_one_room() -> None:
    rooms = Registry()
    rooms.add(Plugin(room="billing", events=(Billed,)))
    with pytest.raises(ValueError, match="invoices declares a name twice among its events"):
        rooms.add(Plugin(room="invoices", events=(BilledAgain,)))
    assert rooms.events == {"invoice.billed": Billed}


@pytest.mark.parametrize("fact", [Nameless, OneWord, VersionUnsaid, VersionTooMuch])
def test_a_fact_whose_type_does_not_say_its_version_is_not_declared(fact: type[Fact]) -> None:
    with pytest.raises(ValueError, match=fact.__name__):
        check_declared(fact)
    with pytest.raises(ValueError, match=fact.__name__):
        Registry().add(Plugin(room="billing", events=(fact,)))


def test_a_recorded_fact_that_is_nested_too_deep_is_no_fact() -> None:
    class Deep(Fact, frozen=True):
        event_type = "deep.told"

    with pytest.raises(msgspec.DecodeError, match="nested too deeply"):
        Deep.read('{"more":' + "[" * 200_000)


def test_a_kind_of_command_asks_for_no_further_scopes_unless_it_says_so() -> None:
    kind = CommandKind("SEND_INVOICE", dict, "post", content=_nothing, carry_out=lambda *_: None)
    assert kind.scopes_of({"anything": 1}) == ()
