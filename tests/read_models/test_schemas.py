"""The schema is made where it is missing, and nothing in it is changed without a rebuild."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledgerflow.core.plugins import ReadModel, registry
from ledgerflow.events.consuming.models import State
from ledgerflow.events.read_models.errors import ReadModelsOutdatedError
from ledgerflow.events.read_models.rebuilding import rebuild
from ledgerflow.events.read_models.schemas import Ensured, ensure, ensure_beside_books
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.client import ApiClient
from tests.eventful import eventful_books
from tests.read_models.projecting import builder, history, project, read_models

pytestmark = pytest.mark.every_server

ALL = list(registry.read_models)


def tables() -> set[str]:
    with read_models() as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('read_models') AND relkind IN ('r', 'i')"
        )
        return {name for (name,) in found}


def test_an_empty_database_gets_all_of_it(apart: None) -> None:
    with read_models() as connection:
        assert ensure(connection) == Ensured(ALL, [])
        assert connection.execute("SHOW search_path").fetchone() == ("read_models",)
        assert ensure(connection) == Ensured([], [])
    assert {"journals", "balances", "callers", "consuming_position", "journals_by_word"} <= tables()


def test_several_may_make_it_at_once(apart: None) -> None:
    def make(_number: int) -> Ensured:
        with read_models() as connection:
            return ensure(connection)

    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(make, range(6)))
    assert sorted(len(one.made) for one in made) == [0, 0, 0, 0, 0, len(ALL)]
    assert all(one.outdated == [] for one in made)


def test_migrate_has_made_those_beside_the_books() -> None:
    assert ensure_beside_books() == Ensured([], [])


def test_the_builder_needs_nothing_but_an_empty_database(apart: None) -> None:
    entity = eventful_books()
    assert project(entity) > 0
    assert ApiClient(entity).get("/api/views/dashboard").json["entity"] == entity.code


def test_before_it_is_made_nothing_can_be_read(apart: None) -> None:
    entity = an_entity()
    for path in ("views/journals", "views/dashboard", "views/accounts?min_sequence=1"):
        reply = ApiClient(entity).get(f"/api/{path}")
        assert (reply.status, reply.code) == (503, "read_model_absent")


def test_books_that_it_does_not_know_yet_have_no_dashboard(apart: None) -> None:
    with read_models() as connection:
        ensure(connection)
    client = ApiClient(an_entity())
    assert client.get("/api/views/dashboard").code == "read_model_absent"
    assert client.get("/api/views/journals").json == {"results": [], "next": None}
    assert client.get("/api/views/accounts/CASH/balance").status == 404


def test_another_definition_is_told_and_destroys_nothing(apart: None, monkeypatch: pytest.MonkeyPatch) -> None:
    entity = eventful_books()
    project(entity)
    before = ApiClient(entity).get("/api/views/journals").json
    runner = builder(entity)
    posted(entity, a_transfer("cash", "capital", "1.00"))
    monkeypatch.setitem(registry.read_models, "books", replace(registry.read_models["books"], version=99))
    with read_models() as connection:
        assert ensure(connection) == Ensured([], ["books"])
    with pytest.raises(ReadModelsOutdatedError, match="rebuild_read_models"):
        runner.step()
    assert ApiClient(entity).get("/api/views/journals").json == before
    with history(entity) as log:
        rebuild(log)
    assert runner.drain() == 0
    assert len(ApiClient(entity).get("/api/views/journals").json["results"]) == len(before["results"]) + 1
    runner.close()


def test_a_builder_of_an_older_release_stops_no_entity(apart: None) -> None:
    """It was at work when somebody with a newer release rebuilt: no event is to blame for that."""
    entity = eventful_books()
    runner = builder(entity)
    runner.drain()
    with read_models() as connection:
        connection.execute("UPDATE read_model_definition SET digest = 'of a newer release'")
        posted(entity, a_transfer("cash", "capital", "1.00"))
        for _ in range(2):  # with the connection it has, and with a new one
            with pytest.raises(ReadModelsOutdatedError):
                runner.step()
        found = connection.execute("SELECT state FROM consuming_position WHERE entity_id = %s", (entity.id,)).fetchall()
        assert found == [(State.FOLLOWING,)]
        assert connection.execute("SELECT count(*) FROM consuming_deadletter").fetchone() == (0,)
    runner.close()


def test_a_new_read_model_waits_for_a_rebuild_where_events_were_read(
    apart: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It would lack what came before it."""
    entity = an_entity()
    project(entity)
    name = f"toys_{uuid4().hex[:8]}"
    (tmp_path / "tables.sql").write_text(f"CREATE TABLE {name} (sequence bigint PRIMARY KEY);\n")

    def apply(connection: Any, _entity: Any, events: Any) -> None:
        connection.cursor().executemany(f"INSERT INTO {name} VALUES (%s)", [(event.sequence,) for event in events])

    opened = registry.events["account.opened"]
    monkeypatch.setitem(registry.read_models, name, ReadModel(name, tmp_path / "tables.sql", apply, (opened,)))
    with read_models() as connection:
        assert ensure(connection) == Ensured([], [name])
    assert name not in tables()
    account = an_account(entity, "cash")
    with history(entity) as log:
        rebuild(log)
    with read_models() as connection:
        assert connection.execute(f"SELECT * FROM {name}".encode()).fetchall() == [(account.revision,)]
