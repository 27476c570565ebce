"""The admin's pages of checkpoints."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from ledgerflow.books.models import Entity
from ledgerflow.events.checkpoints.models import Checkpoint
from ledgerflow.events.checkpoints.reading import as_base64
from tests.checkpoints.logs import a_checkpoint, a_log
from tests.pages import column, page_of, read
from tests.people import a_member_of_staff, queries

CHECKPOINTS = "/admin/checkpoints/checkpoint/"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = a_log()
    for count in (0, 2, 4):
        a_checkpoint(entity, journals=count)
    return entity


def test_the_list_is_newest_first(operator: Client, books: Entity) -> None:
    made = Checkpoint.objects.filter(entity=books).order_by("-size")
    assert column(operator, CHECKPOINTS, "size", entity=books.code) == ["9", "5", "3"]
    assert column(operator, CHECKPOINTS, "root_text", entity=books.code) == [as_base64(one.root) for one in made]


def test_the_list_does_not_ask_for_each_row(operator: Client, books: Entity) -> None:
    few = a_log()
    a_checkpoint(few)
    counts = []
    for one in (few, books):
        operator.get(CHECKPOINTS, {"entity": one.code})  # which the session remembers
        counts.append(queries(operator, f"{CHECKPOINTS}?entity={one.code}"))
    assert counts[0] == counts[1]


def test_the_page_has_the_note_and_the_key(operator: Client, books: Entity) -> None:
    made = Checkpoint.objects.get(entity=books, size=5)
    text = read(operator, page_of(made))
    assert "Checkpoint of 5 events" in text
    assert " ".join(made.note.split()) in text
    assert f"ledgerflow/{books.code}+" in text
    assert "No key" not in text


def test_the_page_says_what_is_wrong(operator: Client, books: Entity, settings: Settings, tmp_path: object) -> None:
    made = Checkpoint.objects.get(entity=books, size=5)
    settings.LEDGERFLOW_CHECKPOINT_KEY_FILE = tmp_path / "none"  # type: ignore[operator]
    assert "No key that is known has signed it." in read(operator, page_of(made))
    settings.LEDGERFLOW_CHECKPOINT_KEY_FILE.write_text("no key")
    assert "no Ed25519 key" in read(operator, page_of(made))


def test_only_who_may_look_at_them_does(books: Entity) -> None:
    page = page_of(Checkpoint.objects.get(entity=books, size=5))
    assert a_member_of_staff("checkpoints.view_checkpoint").get(page).status_code == 200
    assert a_member_of_staff("journals.view_journal").get(page).status_code == 403
    assert a_member_of_staff("checkpoints.view_checkpoint").post(page).status_code in {200, 403}
