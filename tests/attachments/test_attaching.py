"""Files are kept whole and once, attached once, and proven against the books."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from msgspec.structs import replace
from pytest_django import Settings

from journals.attachments.attaching import attach, attachment_with, attachments_of, file_of
from journals.attachments.errors import (
    AttachedAlready,
    AttachmentChanged,
    AttachmentEmpty,
    AttachmentMissing,
    AttachmentNotFound,
    AttachmentsAway,
    AttachmentTooLarge,
    AttachmentTypeRefused,
    TooManyAttachments,
)
from journals.attachments.kinds import MOST
from journals.attachments.models import Attachment
from journals.attachments.storing import HALF_FILES, opened, place_of, store
from journals.errors import JournalNotFound
from journals.events import read_fact
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Event
from ledgerflow.core.errors import IdempotencyKeyReused
from tests.attachments.filing import PDF, a_book, a_file, attached, id_of, posted_with
from tests.builders import a_transfer, an_entity, posted
from tests.concurrency.races import PATIENCE_SECONDS, Racer

pytestmark = pytest.mark.every_server


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """A folder of this test's own, which is not there yet."""
    settings.LEDGERFLOW_ATTACHMENTS = tmp_path / "attachments"
    return tmp_path / "attachments"


def files_in(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def test_a_file_lies_under_its_content_and_once(folder: Path) -> None:
    file = a_file()
    sha256 = file.sha256
    assert files_in(folder) == [Path(sha256[:2], sha256[2:4], sha256)]
    assert (file.name, file.content_type, file.size) == ("invoice.pdf", "application/pdf", len(PDF))
    assert [path.stat().st_mode & 0o77 for path in (folder, place_of(sha256))] == [0, 0]
    place_of(sha256).write_bytes(b"damaged")
    assert store("other.pdf", [PDF[:6], PDF[6:]]).sha256 == sha256
    assert len(files_in(folder)) == 1
    with opened(file) as found:
        assert found.read() == PDF


def test_what_is_refused_or_killed_leaves_nothing(folder: Path, settings: Settings) -> None:
    settings.LEDGERFLOW_ATTACHMENT_BYTES = 100
    sent = []

    def endless() -> Iterator[bytes]:
        while True:
            sent.append(1)
            yield b"x" * 30

    def killed() -> Iterator[bytes]:
        yield PDF
        raise KeyboardInterrupt

    for name, chunks, refusal in (
        ("a.txt", endless(), AttachmentTooLarge), ("a.txt", [], AttachmentEmpty), ("a.pdf", [b"GIF89a"], AttachmentTypeRefused),
        ("a.csv", [b"a;b\n", b"\x00"], AttachmentTypeRefused), ("a.pdf", killed(), KeyboardInterrupt),
    ):  # fmt: skip
        with pytest.raises(refusal):
            store(name, chunks)
    assert len(sent) == 4
    assert files_in(folder) == []
    # What a killed process left is cleared away after a day, and not while somebody may be writing it.
    old, young = folder / HALF_FILES / "old", folder / HALF_FILES / "young"
    for half in (old, young):
        half.write_bytes(b"%PDF")
    os.utime(old, (0, 0))
    kept = a_file()
    assert files_in(folder) == sorted([young.relative_to(folder), place_of(kept.sha256).relative_to(folder)])


def test_a_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    folder.write_bytes(b"in the way")
    with pytest.raises(AttachmentsAway):
        a_file()


def test_files_are_attached_later_once_and_by_key() -> None:
    entity, journal = a_book()
    first = attached(entity, journal, key="one")
    assert not first.is_replayed
    (row,) = first.attachments
    event = Event.objects.get(entity=entity, sequence=row.event_sequence)
    assert (event.type, event.subject, event.actor) == ("journal.attached", str(journal), "test")
    again = attached(entity, journal, key="one")
    assert (again.attachments, again.is_replayed) == ([row], True)
    with pytest.raises(IdempotencyKeyReused):
        attached(entity, journal, "other.pdf", key="one")
    with pytest.raises(AttachedAlready, match=r"Journal 1 has this file already, as invoice\.pdf"):
        attached(entity, journal, "other.pdf")
    files = [a_file(), a_file("b.txt", b"b"), a_file("c.txt", b"b")]
    attach(entity.id, journal, files, key="two", actor="test")
    assert [(one.number, one.name) for one in attachments_of(entity.id, journal)] == [(1, "invoice.pdf"), (2, "b.txt")]
    with pytest.raises(JournalNotFound):
        attached(entity, uuid4())
    with pytest.raises(JournalNotFound):
        attached(an_entity(), journal)
    with pytest.raises(AttachmentNotFound):
        attachment_with(entity.id, journal, "f" * 64)
    with pytest.raises(TooManyAttachments):
        attach(
            entity.id,
            journal,
            [a_file("n.txt", str(n).encode()) for n in range(MOST - 1)],
            key="many",
            actor="test",
        )
    assert Event.objects.filter(entity=entity, type="journal.attached").count() == 2
    assert verify_books(entity.id) == []


def test_a_journal_is_posted_with_its_files() -> None:
    entity, _ = a_book()
    plain = posted(entity, a_transfer("cash", "sales", "2.00", key="plain"))
    assert b"attachments" not in plain.journal
    files = [a_file("b.txt", b"b"), a_file()]
    draft = replace(a_transfer("cash", "sales", "3.00", key="k"), attachments=tuple(files), actor="user:1")
    answer = posted_with(entity, draft, files)
    assert read_fact(answer.journal).attachments == files
    journal = id_of(answer)
    rows = list(attachments_of(entity.id, journal))
    assert [(row.number, row.name, row.actor, row.event_sequence) for row in rows] == [
        (1, "b.txt", "user:1", answer.event_sequence), (2, "invoice.pdf", "user:1", answer.event_sequence),
    ]  # fmt: skip
    # A retry that has lost them is the same request; one that has more loses none of them, and attaches them once.
    again = posted_with(entity, replace(draft, attachments=()), [])
    assert (again.status, again.journal) == ("replayed", answer.journal)
    for _ in range(2):
        more = [*files, a_file("d.txt", b"d")]
        assert posted_with(entity, replace(draft, attachments=tuple(more)), more).status == "replayed"
    assert [row.name for row in attachments_of(entity.id, journal)] == ["b.txt", "invoice.pdf", "d.txt"]
    assert verify_books(entity.id) == []


def test_of_two_at_once_one_attaches() -> None:
    entity, journal = a_book()
    racers = [Racer(lambda: attached(entity, journal)) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(PATIENCE_SECONDS)
    outcomes = [type(racer.outcome).__name__ for racer in racers]
    assert sorted(outcomes) == ["Attached", *["AttachedAlready"] * 3]
    assert Attachment.objects.filter(journal_id=journal).count() == 1


def test_a_file_that_is_changed_or_gone_is_a_fault() -> None:
    entity, journal = a_book()
    content = uuid4().bytes.hex().encode()
    (row,) = attached(entity, journal, "note.txt", content).attachments
    place = place_of(row.sha256)
    assert place.is_relative_to(settings.LEDGERFLOW_ATTACHMENTS)
    place.write_bytes(content[::-1])
    file = file_of(row)
    with pytest.raises(AttachmentChanged):
        opened(file)
    (fault,) = verify_books(entity.id)
    assert (fault.table, fault.key, fault.what, fault.expected) == (
        "attachments_attachment", "note.txt of journal 1", "SHA-256 of the file", row.sha256,
    )  # fmt: skip
    place.unlink()
    with pytest.raises(AttachmentMissing):
        opened(file)
    (fault,) = verify_books(entity.id)
    assert (fault.key, fault.found) == ("note.txt of journal 1", "absent")
    store("anything.txt", [content])
    assert verify_books(entity.id) == []
