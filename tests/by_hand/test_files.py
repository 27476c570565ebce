"""Files in the editor: kept with the draft, attached by Post, once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from journals.attachments.attaching import attachments_of
from journals.attachments.kinds import MOST
from journals.by_hand import use_cases
from journals.by_hand.errors import DraftMoved
from journals.by_hand.keeping import drop, keep
from journals.by_hand.keeping_files import facts_of, files_of, keep_files
from journals.by_hand.models import DraftFile, JournalDraft
from journals.by_hand.sheets import Sheet
from journals.by_hand.use_cases import post_by_hand
from journals.events import read_fact
from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7
from tests.attachments.filing import PDF, a_file
from tests.builders import a_transfer
from tests.by_hand.editing import ADD, fields_of, opened, sent, typed
from tests.by_hand.test_editor import RENT
from tests.concurrency.races import PATIENCE_SECONDS, Racer
from tests.pages import text_of, without_label
from tests.people import person_behind

pytestmark = pytest.mark.every_server


def uploaded(form: dict[str, Any], *files: tuple[str, bytes], **pressed: str) -> dict[str, Any]:
    return form | {"files": [SimpleUploadedFile(name, content) for name, content in files]} | pressed


def names(entity: Entity) -> list[str]:
    journal = Journal.objects.get(entity=entity)
    return [row.name for row in attachments_of(entity.id, journal.pk)]


def test_files_are_kept_with_the_draft_and_go_with_the_journal(clerk: Client, hall: Entity) -> None:
    form = opened(clerk, hall)
    page = sent(clerk, hall, ADD, uploaded(form, ("a.pdf", PDF), ("b.exe", b"MZ"), ("b.txt", b"b"), attach="1"))
    said = text_of(page)
    assert "The file b.exe is not taken" in said
    assert "Attachments (2)" in said
    assert "a.pdf 17 bytes" in said
    assert without_label(page.content.decode()) == []
    draft = JournalDraft.objects.get(entity=hall)
    # Another window has the same draft, and takes one away; a third person has no part in it.
    file = DraftFile.objects.get(draft=draft, name="b.txt")
    assert files_of(hall.id, "user:0", draft.pk) == []
    shown = text_of(sent(clerk, hall, ADD, fields_of(page) | {"detach": str(file.pk)}))
    assert "Attachments (1)" in shown
    stale = uploaded(fields_of(page) | {"description": "Older"}, ("c.txt", b"c"), check="1")
    lost = text_of(sent(clerk, hall, ADD, stale))
    assert "was changed or posted in another tab" in lost
    assert "Files that are not listed here were not kept: choose them again." in lost
    form = typed(opened(clerk, hall, draft=str(draft.pk)), *RENT, description="Rent")
    # What is refused loses no file, neither one that was there nor one that came with it.
    unbalanced = typed(form, *RENT[:2])
    refused = sent(clerk, hall, ADD, uploaded(unbalanced, ("c.csv", b"a;b"), post="1"))
    assert "Attachments (2)" in text_of(refused)
    form = typed(fields_of(refused), *RENT, description="Rent") | {"post": "1"}
    page = sent(clerk, hall, ADD, uploaded(form, ("d.xml", b"<d/>")), follows=True)
    assert "Journal 1 is posted." in text_of(page)
    journal = Journal.objects.get(entity=hall)
    fact = read_fact(Event.objects.get(entity=hall, sequence=journal.event_sequence).data)
    assert [one.name for one in fact.attachments or ()] == names(hall) == ["a.pdf", "c.csv", "d.xml"]
    assert not DraftFile.objects.filter(draft__entity=hall).exists()
    # A double click, a reload, and one that has lost the files, each again.
    for again in (uploaded(form, ("d.xml", b"<d/>")), form):
        assert "Journal 1 was posted already." in text_of(sent(clerk, hall, ADD, again, follows=True))
    assert names(hall) == ["a.pdf", "c.csv", "d.xml"]
    assert not JournalDraft.objects.filter(entity=hall).exists()
    sent(clerk, hall, ADD, uploaded(form, ("late.txt", b"late")))
    assert names(hall) == ["a.pdf", "c.csv", "d.xml", "late.txt"]
    assert [row.actor for row in attachments_of(hall.id, journal.pk)] == [person_behind(clerk)] * 4
    assert verify_books(hall.id) == []


def test_without_a_script_a_file_goes_straight_with_the_journal(clerk: Client, hall: Entity) -> None:
    form = uploaded(typed(opened(clerk, hall), *RENT), ("a.pdf", PDF), post="1")
    bad = uploaded(typed(form, *RENT), ("a.pdf", PDF), ("b.pdf", b"MZ"), post="1")
    page = text_of(sent(clerk, hall, ADD, bad))
    assert "The file b.pdf is not taken" in page
    assert "Attachments (1)" in page
    assert not Journal.objects.filter(entity=hall).exists()
    # The page from before the refusal, which knows nothing of the draft that was kept.
    for _ in range(2):
        sent(clerk, hall, ADD, uploaded(form, ("a.pdf", PDF)))
    assert names(hall) == ["a.pdf"]


def a_draft(entity: Entity, files: int) -> tuple[str, Any]:
    draft = uuid7()
    keep(entity.id, "user:1", draft, 0, Sheet(description="Rent"))
    keep_files(entity.id, "user:1", draft, [a_file(f"{n}.txt", str(n).encode()) for n in range(files)])
    return "user:1", draft


def test_a_process_that_is_killed_between_posts_nothing_or_all(hall: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    person, kept = a_draft(hall, 2)
    draft = a_transfer("1000", "3300", "7.00", key="desk:1", actor=person)

    def killed(*_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(use_cases, "drop_within", killed)
        with pytest.raises(KeyboardInterrupt):
            post_by_hand(hall.id, draft, person=person, kept=kept)
    assert not Journal.objects.filter(entity=hall).exists()
    assert [one.name for one in facts_of(files_of(hall.id, person, kept))] == ["0.txt", "1.txt"]
    racers = [Racer(lambda: post_by_hand(hall.id, draft, person=person, kept=kept)) for _ in range(3)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(PATIENCE_SECONDS)
    assert sorted(racer.outcome.status for racer in racers) == ["posted", "replayed", "replayed"]
    assert names(hall) == ["0.txt", "1.txt"]
    with pytest.raises(DraftMoved):
        keep_files(hall.id, person, kept, [a_file()])
    assert verify_books(hall.id) == []


def test_a_draft_has_as_many_as_a_journal(hall: Entity) -> None:
    person, kept = a_draft(hall, MOST)
    with pytest.raises(LedgerError, match=f"at most {MOST} attachments"):
        keep_files(hall.id, person, kept, [a_file("more.txt", b"more")])
    keep_files(hall.id, person, kept, [a_file("0.txt", b"0")])
    draft = a_transfer("1000", "3300", "7.00", key="desk:1", actor=person)
    with pytest.raises(LedgerError, match=f"at most {MOST} attachments"):
        post_by_hand(hall.id, draft, person=person, kept=kept, files=[a_file("more.txt", b"more")])
    drop(hall.id, person, kept)
    assert not DraftFile.objects.filter(draft=kept).exists()
