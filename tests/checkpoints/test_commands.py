"""`manage.py checkpoint` and `manage.py checkpoint_key`."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from ledgerflow.books.models import Entity
from ledgerflow.events.checkpoints import keys
from ledgerflow.events.checkpoints.keys import origin_of, verifier_keys
from ledgerflow.events.checkpoints.models import Checkpoint
from ledgerflow.events.checkpoints.reading import as_base64
from tests.checkpoints.logs import a_checkpoint, a_log, cut_off, grow


def said(command: str, **options: Any) -> str:
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def refused(command: str, **options: Any) -> tuple[str, int]:
    with pytest.raises(CommandError) as failed:
        said(command, **options)
    return str(failed.value), failed.value.returncode


def test_a_checkpoint_now() -> None:
    entity = a_log()
    line = said("checkpoint", entity=entity.code)
    made = Checkpoint.objects.get(entity=entity)
    assert line == f"{entity.code}: 3 events, root {as_base64(made.root)}\n"
    assert said("checkpoint", entity=entity.code) == line


def test_one_that_is_refused_does_not_keep_the_others_from_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, whole = a_log(journals=2), a_log()
    a_checkpoint(broken)
    cut_off(broken, 4)
    both = Entity.objects.filter(id__in=[broken.id, whole.id]).order_by("created_at")
    monkeypatch.setattr(Entity.objects, "order_by", lambda _field: both)
    out = StringIO()
    with pytest.raises(CommandError, match=r"^1 of 2 sets of books have no new checkpoint\.$"):
        call_command("checkpoint", stdout=out)
    first, second = out.getvalue().splitlines()
    assert first.startswith(f"{broken.code}: The log is not what its checkpoint of 5 events says")
    assert second.startswith(f"{whole.code}: 3 events")


@pytest.mark.parametrize("command", ["checkpoint", "checkpoint_key"])
def test_unknown_books(command: str) -> None:
    assert refused(command, entity="nobody") == ("There is no entity 'nobody'.", 2)


def test_the_keys_of_some_books() -> None:
    entity = a_log()
    before = said("checkpoint_key", entity=entity.code)
    assert before == "".join(f"{key}\n" for key in verifier_keys(origin_of(entity.code)))
    after = said("checkpoint_key", entity=entity.code, replace=True)
    assert after.endswith(before)
    assert len(after.splitlines()) == len(before.splitlines()) + 1


def test_a_key_is_made_once(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    entity = a_log()
    settings.LEDGERFLOW_CHECKPOINT_KEY_FILE, settings.LEDGERFLOW_CHECKPOINT_KEY_IS_MADE = tmp_path / "key", False
    monkeypatch.setattr(keys, "has_signed", lambda: False)
    message, code = refused("checkpoint_key", entity=entity.code)
    assert ("--create" in message, str(tmp_path / "key") in message, code) == (True, True, 1)
    made = said("checkpoint_key", entity=entity.code, create=True)
    assert made.startswith(f"ledgerflow/{entity.code}+")
    message, code = refused("checkpoint_key", entity=entity.code, create=True)
    assert ("There is a key" in message, code) == (True, 1)
    assert said("checkpoint_key", entity=entity.code) == made


def test_all_books_have_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    entities = [a_log(), a_log()]
    grow(entities[0])
    both = Entity.objects.filter(id__in=[one.id for one in entities]).order_by("code")
    monkeypatch.setattr(Entity.objects, "order_by", lambda _field: both)
    lines = said("checkpoint_key").splitlines()
    assert {line.partition("+")[0] for line in lines} == {f"ledgerflow/{one.code}" for one in entities}
