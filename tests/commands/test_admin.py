"""Commands in the admin: what waits, what was done, what failed and why."""

from __future__ import annotations

import pytest
from django.test import Client

from ledgerflow.books.models import Entity
from ledgerflow.events.commands.models import Command
from tests.client import ApiClient
from tests.commands.commanding import a_shop_with_cash, process, sale
from tests.pages import column, page_of, read
from tests.people import a_member_of_staff, queries

COMMANDS = "/admin/commands/command/"


@pytest.fixture(scope="module")
def entity(_database: None) -> Entity:
    entity = a_shop_with_cash(name="Commanded books")
    client = ApiClient(entity)
    sale(client, key="good")
    sale(client, key="bad", credit_account="nowhere")
    process(entity)
    sale(client, key="waits")
    return entity


def test_the_newest_comes_first_with_its_status_and_why_it_failed(operator: Client, entity: Entity) -> None:
    assert column(operator, COMMANDS, "key", entity=entity.code) == ["waits", "bad", "good"]
    assert column(operator, COMMANDS, "state", entity=entity.code) == ["accepted", "failed", "completed"]
    assert "There is no account 'nowhere'" in column(operator, COMMANDS, "failure", entity=entity.code)[1]


def test_a_status_and_a_key_find_theirs(operator: Client, entity: Entity) -> None:
    for status, key in (("accepted", "waits"), ("failed", "bad"), ("completed", "good")):
        assert column(operator, COMMANDS, "key", entity=entity.code, status=status) == [key]
    command = Command.objects.get(entity=entity, key="bad")
    for term, found in (("good", ["good"]), (str(command.pk), ["bad"]), ("nothing", [])):
        assert column(operator, COMMANDS, "key", entity=entity.code, q=term) == found


def test_a_page_says_what_was_asked_for_and_what_came_of_it(operator: Client, entity: Entity) -> None:
    good, bad, waits = (page_of(Command.objects.get(entity=entity, key=key)) for key in ("good", "bad", "waits"))
    done = read(operator, good)
    for said in ("Status completed", "TRANSFER_MONEY", '"amount": "5.00"', "journal.posted", '"kind": "transfer"'):
        assert said in done
    failed = read(operator, bad)
    assert "unknown_account" in failed
    assert "/payload/credit_account" in failed
    assert "Answer" not in failed
    assert "Ended not yet" in read(operator, waits)


def test_a_command_that_failed_unexpectedly_says_how_often(operator: Client, entity: Entity) -> None:
    command = Command.objects.get(entity=entity, key="waits")
    Command.objects.filter(pk=command.pk).update(tries=2, due_at="2026-03-02T12:00:00Z")
    assert "Unexpected failures 2, tried again at 2026-03-02 12:00:00 UTC" in read(operator, page_of(command))


def test_it_takes_the_permission_to_look(entity: Entity) -> None:
    assert a_member_of_staff().get(COMMANDS).status_code == 403
    assert column(a_member_of_staff("commands.view_command"), COMMANDS, "key", entity=entity.code)


def test_a_list_asks_as_much_for_many_rows_as_for_few(operator: Client, entity: Entity) -> None:
    few = queries(operator, f"{COMMANDS}?entity={entity.code}")
    client = ApiClient(entity)
    for number in range(10):
        sale(client, key=f"more{number}")
    assert queries(operator, f"{COMMANDS}?entity={entity.code}") <= few
