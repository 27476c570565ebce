"""Copies outside the database: every checkpoint goes to every place, once, whatever happened on the way."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings
from structlog.testing import capture_logs

from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.events.checkpoints import copies
from ledgerflow.events.checkpoints.models import Checkpoint, CopyPosition
from ledgerflow.events.checkpoints.use_cases import entities_due, make_checkpoint
from tests.checkpoints.logs import a_checkpoint, a_log, copy_of, grow, of_copies
from tests.jobs import tick_for

PROJECT = Path(__file__).parents[2]
FOR_EVER = 10**9  # seconds: longer than any clock of a test goes back
MOMENTS = ("before the copies", "in a file", "after a file")


def position_of(entity: Entity) -> int | None:
    return CopyPosition.objects.filter(entity=entity, place="folder").values_list("number", flat=True).first()


def files_of(entity: Entity) -> dict[str, str]:
    return {path.name: path.read_text() for path in copy_of(entity, 1).parent.iterdir()}


def notes_of(entity: Entity) -> dict[str, str]:
    return {f"{size}.txt": note for size, note in Checkpoint.objects.filter(entity=entity).values_list("size", "note")}


def test_each_checkpoint_is_a_file_that_nobody_writes_again() -> None:
    entity = a_log()
    first, second = a_checkpoint(entity), a_checkpoint(entity, journals=2)
    assert files_of(entity) == notes_of(entity) == {"3.txt": first.note, "5.txt": second.note}
    assert stat.S_IMODE(copy_of(entity, 3).stat().st_mode) == 0o444
    assert position_of(entity) == 2


def test_another_file_of_that_name_is_not_overwritten_and_told() -> None:
    entity = a_log()
    copy_of(entity, 3).parent.mkdir(parents=True)
    copy_of(entity, 3).write_text("somebody's")
    with capture_logs() as logs:
        made = make_checkpoint(entity.id)
    assert [(entry["event"], entry["file"]) for entry in of_copies(logs)] == [
        ("checkpoint_copy_differs", str(copy_of(entity, 3)))
    ]
    assert copy_of(entity, 3).read_text() == "somebody's"
    assert a_checkpoint(entity, journals=1).size == 4
    assert set(files_of(entity)) == {"3.txt", "4.txt"}
    assert [(fault.table, fault.key) for fault in verify_books(entity.id)] == [
        ("checkpoint_file", str(copy_of(entity, 3)))
    ]
    assert made.number == 1


def test_a_folder_that_takes_nothing_gets_all_of_it_later(tmp_path: Path, settings: Settings) -> None:
    entity = a_log()
    settings.LEDGERFLOW_CHECKPOINT_SECONDS = FOR_EVER
    settings.LEDGERFLOW_CHECKPOINT_FOLDER = tmp_path / "file" / "copies"
    (tmp_path / "file").write_text("no folder")
    with capture_logs() as logs:
        made = [a_checkpoint(entity), a_checkpoint(entity, journals=1)]
    assert [(entry["event"], entry["place"]) for entry in of_copies(logs)] == [("checkpoints_not_copied", "folder")] * 2
    assert position_of(entity) is None
    assert entity.id in entities_due()  # because of the copies alone
    (tmp_path / "file").unlink()
    grow(entity)
    tick_for("make_checkpoints", entity.id)
    assert files_of(entity) == {"3.txt": made[0].note, "4.txt": made[1].note}
    assert entity.id not in entities_due()


def test_one_place_that_fails_does_not_keep_the_others_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_code: str, _copies: object) -> None:
        message = "nobody there"
        raise ConnectionError(message)

    places = {"away": away, **copies.places()}
    monkeypatch.setattr(copies, "places", lambda: places)
    entity = a_log()
    with capture_logs() as logs:
        made = make_checkpoint(entity.id)
    assert [(entry["event"], entry["place"]) for entry in of_copies(logs)] == [("checkpoints_not_copied", "away")]
    assert files_of(entity) == {"3.txt": made.note}


def test_what_was_sent_is_sent_again_without_harm() -> None:
    """The position was lost, as after a crash between the file and it."""
    entity = a_log()
    made = make_checkpoint(entity.id)
    CopyPosition.objects.filter(entity=entity).delete()
    with capture_logs() as logs:
        make_checkpoint(entity.id)
    assert (of_copies(logs), files_of(entity), position_of(entity)) == ([], {"3.txt": made.note}, 1)


def test_many_go_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    entity = a_log()
    with monkeypatch.context() as patch:
        patch.setattr(copies, "places", dict)
        for _ in range(5):
            a_checkpoint(entity, journals=1)
    monkeypatch.setattr(copies, "BATCH", 2)
    make_checkpoint(entity.id)
    assert files_of(entity) == notes_of(entity)
    assert (len(files_of(entity)), position_of(entity)) == (5, 5)


def test_killed_at_any_moment_the_next_run_goes_on(database_url: str) -> None:
    books = {moment: a_log(journals=1) for moment in MOMENTS}
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "LEDGERFLOW_CHECKPOINT_KEY_FILE": str(django_settings.LEDGERFLOW_CHECKPOINT_KEY_FILE),
        "LEDGERFLOW_CHECKPOINT_FOLDER": str(django_settings.LEDGERFLOW_CHECKPOINT_FOLDER),
    }
    make_checkpoint(a_log().id)  # so that there is a key
    points = [f"{entity.id}:{moment}" for moment, entity in books.items()]
    finished = subprocess.run(
        [sys.executable, "-m", "tests.checkpoints.killed_process", *points],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert finished.stdout.split() == [str(-signal.SIGKILL)] * len(MOMENTS), finished.stderr
    for moment, entity in books.items():
        assert position_of(entity) is None, moment
        made = Checkpoint.objects.get(entity=entity)
        assert copy_of(entity, made.size).exists() == (moment == "after a file")
        assert make_checkpoint(entity.id) == made
        assert copy_of(entity, made.size).read_text() == made.note
        assert position_of(entity) == 1
        assert verify_books(entity.id) == []
