"""What a superuser does who hashes everything again: the checkpoints find it, and at last their copies outside.

He changes rows with the guards off and sets right whatever the replay compares. Each test leaves more in his power.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from journals.proof import ledger
from journals.proof.ledger import verify, verify_books
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.clocks import as_text
from ledgerflow.events.checkpoints.keys import origin_of, replace_key, verifier_keys
from ledgerflow.events.checkpoints.models import Checkpoint
from ledgerflow.events.checkpoints.proof import own_copies
from ledgerflow.events.checkpoints.reading import as_base64
from ledgerflow.events.checkpoints.use_cases import make_checkpoint
from tests.builders import unguarded
from tests.checkpoints.logs import (
    a_checkpoint,
    a_log,
    copy_of,
    cut_off,
    event_of,
    forge_tiles,
    forget,
    grow,
    hashes_of,
    is_proven,
    rewrite,
)
from tests.client import ApiClient


@pytest.fixture
def books() -> Entity:
    """Nine events, six of them journals, with a checkpoint after the sixth and the ninth."""
    entity = a_log(journals=3)
    make_checkpoint(entity.id)
    a_checkpoint(entity, journals=3)
    assert verify_books(entity.id) == []
    return entity


def faults(entity: Entity, checkpoints: Path | None = None) -> list[str]:
    return [str(fault) for fault in verify(entity.id, checkpoints=checkpoints).faults]


def proven(entity: Entity) -> list[int]:
    """The journals whose proofs an auditor takes, by number."""
    client, key = ApiClient(entity, "read"), str(verifier_keys(origin_of(entity.code))[0])
    subjects = {number: event_of(entity, number).subject for number in range(1, 7)}
    proofs = {number: client.get(f"/api/journals/{one}/proof").json for number, one in subjects.items()}
    return [number for number, proof in proofs.items() if is_proven(proof, key)]


def checkpoint(entity: Entity, number: int) -> Checkpoint:
    return Checkpoint.objects.get(entity=entity, number=number)


def contradicts(events: str, one: Checkpoint, where: object) -> str:
    """The beginning of what is said of a log that is not the one that was signed."""
    says = f"as {where}, signed on {as_text(one.created_at)}, says"
    return f"books_event {events}: root of the tree over them should be {as_base64(one.root)}, {says}, is "


def gone(one: Checkpoint, path: Path) -> str:
    expected = f"as it was signed on {as_text(one.created_at)} ({path})"
    return f"checkpoints_checkpoint of {one.size} events: note should be {expected}, is absent"


def test_a_log_that_was_hashed_again_is_found_by_the_hashes_that_were_kept(books: Entity) -> None:
    assert proven(books) == [1, 2, 3, 4, 5, 6]
    sequence, before = event_of(books, 4).sequence, hashes_of(books)
    rewrite(books, 4, "Another one")
    event, root = faults(books)
    assert event == (
        f"books_event {sequence}: hash should be {before[sequence - 1].hex()}, as its checkpoint kept it,"
        f" is {hashes_of(books)[sequence - 1].hex()}"
    )
    assert root.startswith(contradicts("7 to 9", checkpoint(books, 2), "checkpoint 2"))
    assert proven(books) == [1, 2, 3, 5, 6]  # the others were not touched, those before it and those after it


def test_kept_hashes_that_were_forged_as_well_are_found_by_the_signature(books: Entity) -> None:
    rewrite(books, 2, "Another one")
    forge_tiles(books)
    (root,) = faults(books)
    assert root.startswith(contradicts("1 to 6", checkpoint(books, 1), "checkpoint 1"))
    assert proven(books) == []


def test_a_row_with_a_root_that_fits_is_not_what_was_signed(books: Entity) -> None:
    rewrite(books, 4, "Another one")
    forge_tiles(books)
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE checkpoints_checkpoint SET root = %s WHERE entity_id = %s AND number = 2", [bytes(32), books.id]
        )
    column, root = faults(books)
    assert column.startswith("checkpoints_checkpoint 2: root should be ")
    assert root.startswith(contradicts("7 to 9", checkpoint(books, 2), "checkpoint 2").partition(":")[0])


def test_a_log_without_its_checkpoints_is_found_by_their_copies(books: Entity) -> None:
    first, second = checkpoint(books, 1), checkpoint(books, 2)
    rewrite(books, 4, "Another one")
    forget(books)
    *missing, root = faults(books)
    assert missing == [gone(one, copy_of(books, one.size)) for one in (first, second)]
    assert root.startswith(contradicts("7 to 9", second, copy_of(books, 9)))


def test_a_tail_that_was_cut_off_is_found_by_a_copy(books: Entity) -> None:
    second = checkpoint(books, 2)
    cut_off(books, 6)
    forget(books, 6)
    path = copy_of(books, 9)
    says = f"as {path}, signed on {as_text(second.created_at)}, says"
    assert faults(books) == [gone(second, path), f"books_event 6: number of events should be at least 9, {says}, is 6"]


def test_a_tail_that_was_cut_off_and_grew_again_is_too(books: Entity) -> None:
    second = checkpoint(books, 2)
    cut_off(books, 6)
    forget(books, 6)
    grow(books, 5)
    make_checkpoint(books.id)
    missing, root = faults(books)
    assert missing == gone(second, copy_of(books, 9))
    assert root.startswith(contradicts("1 to 9", second, copy_of(books, 9)))


def test_who_has_the_folder_and_the_key_too_is_found_by_a_copy_elsewhere(books: Entity, tmp_path: Path) -> None:
    """What an auditor took away is the last that nobody here can change."""
    elsewhere = tmp_path / "copies"
    shutil.copytree(settings.LEDGERFLOW_CHECKPOINT_FOLDER / books.code, elsewhere / books.code)
    second = checkpoint(books, 2)
    rewrite(books, 4, "Another one")
    shutil.rmtree(settings.LEDGERFLOW_CHECKPOINT_FOLDER / books.code)
    forget(books)
    make_checkpoint(books.id)  # with the key of the server
    assert faults(books) == []
    found = faults(books, elsewhere)
    copies = [elsewhere / books.code / f"{size}.txt" for size in (6, 9)]
    assert found[1].startswith("checkpoints_checkpoint of 9 events: note should be as it was signed on")
    assert found[-1].startswith(contradicts("7 to 9", second, copies[1]))
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 1 sets of books are wrong"):
        call_command("verify_ledger", entity=books.code, checkpoints=elsewhere, stdout=out)
    assert str(copies[1]) in out.getvalue()


# Of the copies themselves


def test_copies_that_are_gone_are_told(books: Entity) -> None:
    copy_of(books, 6).unlink()
    assert faults(books) == [f"checkpoint_file {copy_of(books, 6)}: file should be the copy of a checkpoint, is absent"]
    shutil.rmtree(copy_of(books, 6).parent)
    assert len(faults(books)) == 2


def test_an_auditor_may_keep_some_of_them(books: Entity, tmp_path: Path) -> None:
    (tmp_path / books.code).mkdir()
    shutil.copy(copy_of(books, 6), tmp_path / books.code)
    assert faults(books, tmp_path) == []


@pytest.mark.parametrize(
    "name, content, what",
    [
        ("6.txt", "", "no signed note"),
        ("6.txt", "x\n\n— x AAAA\n", "No key that is known"),
        ("7.txt", "{note}", "7"),
        ("9.txt", "{stranger}", "It is of the log"),
    ],
)
def test_a_copy_that_is_none(books: Entity, tmp_path: Path, name: str, content: str, what: str) -> None:
    stranger = make_checkpoint(a_log().id).note
    (tmp_path / books.code).mkdir()
    text = content.format(note=checkpoint(books, 1).note, stranger=stranger)
    (tmp_path / books.code / name).write_text(text)
    found = [fault for fault in verify(books.id, checkpoints=tmp_path).faults if fault.table == "checkpoint_file"]
    assert [(fault.key, what in fault.found or what in fault.expected) for fault in found] == [
        (str(tmp_path / books.code / name), True)
    ]


def test_other_files_in_the_folder_are_nobodys_copies(books: Entity, tmp_path: Path) -> None:
    (tmp_path / books.code).mkdir()
    for name in ("06.txt", "x.txt", ".6.txt.part", "6.md", "1" * 30 + ".txt"):
        (tmp_path / books.code / name).write_text("anything")
    assert faults(books, tmp_path) == []


def test_a_checkpoint_that_is_made_meanwhile_is_no_fault(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies are listed before the snapshot is taken. Listed after it, one would be of a log that is longer."""

    @contextmanager
    def disturbed() -> Iterator[Any]:
        with snapshot() as connection:
            connection.execute("SELECT")
            a_checkpoint(books, journals=1)
            yield connection

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "snapshot", disturbed)
        assert faults(books) == []
    with disturbed() as connection:
        late = ledger.verify_in(connection, books.id, copies=own_copies(books.code)).faults
    assert [fault.what for fault in late] == ["note", "number of events"]


def test_books_that_are_gone_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lost").mkdir()
    (tmp_path / "lost" / "9.txt").write_text("a checkpoint")
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr("journals.proof.management.commands.verify_ledger.find_orphans", lambda _connection: [])
    monkeypatch.setattr(Entity.objects, "order_by", lambda _field: Entity.objects.none())
    monkeypatch.setattr("journals.proof.management.commands.verify_ledger.own_folder", lambda: None)
    out = StringIO()
    with pytest.raises(CommandError, match=r"^1 sets of books are gone\.$"):
        call_command("verify_ledger", checkpoints=tmp_path, stdout=out)
    path = tmp_path / "lost"
    assert (
        out.getvalue() == f"gone: books_entity lost: row should be a row, as {path} has checkpoints of it, is absent\n"
    )


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(CommandError, match="There is no folder nowhere") as failed:
        call_command("verify_ledger", checkpoints=Path("nowhere"))
    assert failed.value.returncode == 2


# Of keys


def test_checkpoints_of_a_key_that_was_replaced_are_verified(books: Entity) -> None:
    replace_key()
    a_checkpoint(books, journals=1)
    assert faults(books) == []
    assert len({str(key) for key in verifier_keys(origin_of(books.code))}) >= 2


def test_a_key_that_nobody_knows_is_told(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledgerflow.events.checkpoints.proof.verifier_keys", lambda _name: [])
    assert [fault.partition(":")[0] for fault in faults(books)] == [
        "checkpoints_checkpoint 1",
        "checkpoints_checkpoint 2",
    ]


def test_a_server_that_is_renamed_verifies_what_it_signed_before(books: Entity, settings: Settings) -> None:
    settings.LEDGERFLOW_CHECKPOINT_NAME = "ledger.example.com"
    made = a_checkpoint(books, journals=1)
    assert made.note.startswith(f"ledger.example.com/{books.code}\n")
    assert faults(books) == []
