"""Dead letters over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledgerflow.books.models import Entity
from ledgerflow.events.read_models.schemas import ensure_beside_books
from tests.builders import an_entity
from tests.client import NO_JOURNAL, ApiClient
from tests.consuming.toys import Toy, a_dead_letter, books_with, registered

LIST = "/api/dead-letters"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    ensure_beside_books()
    return books_with(6)


@pytest.fixture
def toy() -> Iterator[Toy]:
    made = Toy()
    with registered(made):
        yield made


def test_the_list_is_of_both_databases_newest_first_a_page_at_a_time(books: Entity) -> None:
    entity = books_with(4)
    toys = [Toy(database=database) for database in ("books", "read_models", "books", "read_models")]
    for toy in toys:
        toy.poison = {(entity.id, 2)}
        runner = toy.runner(entity)
        runner.drain()
        runner.close()
    api = ApiClient(entity)
    names = [toy.consumer.name for toy in reversed(toys)]
    assert [one["consumer"] for one in api.get(LIST).json["results"]] == names
    found, url = [], f"{LIST}?limit=3"
    while url:
        page = api.get(url).json
        found += [one["consumer"] for one in page["results"]]
        url = (page["next"] or "").removeprefix("http://testserver")
    assert found == names
    (one,) = api.get(LIST, {"consumer": names[0], "status": "open"}).json["results"]
    assert (one["sequence"], one["cause"], one["attempts"], one["decided_at"]) == (2, "failed", 3, None)
    assert api.get(f"{LIST}/{one['id']}").json["payload"]["sequence"] == 2
    assert api.get(LIST, {"status": "discarded"}).json["results"] == []
    assert api.get(LIST, {"status": "lost"}).status == 400


def test_a_dead_letter_is_tried_replayed_and_not_decided_twice(books: Entity, toy: Toy) -> None:
    letter = a_dead_letter(toy, books, 3)
    api = ApiClient(books)
    path = f"{LIST}/{letter.pk}"
    failed = api.post(f"{path}/replay", {"dry_run": True}).json
    assert (failed["applied"], failed["dry_run"]) == (False, True)
    assert failed["error"] == "PoisonError: event 3 is poison"
    toy.poison = set()
    came = api.post(f"{path}/replay", {"reason": "mended"}).json
    assert (came["applied"], came["dead_letter"]["status"], came["dead_letter"]["reason"]) == (
        True,
        "replayed",
        "mended",
    )
    assert came["dead_letter"]["decided_by"] == f"key:{api.key.id}"
    again = api.post(f"{path}/discard", {"reason": "no"})
    assert (again.status, again.code) == (409, "dead_letter_decided")


def test_a_dead_letter_is_discarded_for_a_reason(books: Entity, toy: Toy) -> None:
    letter = a_dead_letter(toy, books, 3)
    api = ApiClient(books)
    for body in (None, {}, {"reason": ""}, {"reason": 7}, {"reason": "x" * 501}):
        assert api.post(f"{LIST}/{letter.pk}/discard", body).status == 400, body
    assert api.post(f"{LIST}/{letter.pk}/discard", {"reason": "a test"}).json["status"] == "discarded"
    assert api.get(f"{LIST}/{letter.pk}").json["reason"] == "a test"


def test_several_are_replayed_by_consumer_and_range(books: Entity, toy: Toy) -> None:
    letter = a_dead_letter(toy, books, 3)
    api = ApiClient(books)
    toy.poison = set()
    of = {"consumer": toy.consumer.name}
    assert api.post(f"{LIST}/replay", of | {"from_sequence": 4}).json == {"results": []}
    assert api.post(f"{LIST}/replay", of | {"to_id": NO_JOURNAL}).json == {"results": []}
    for wrong in ({"from_sequence": 0}, {"from_id": "x"}, {"consumer": 7}, {"other": 1}):
        assert api.post(f"{LIST}/replay", wrong).status == 400
    tried = api.post(f"{LIST}/replay", of | {"dry_run": True, "from_id": str(letter.pk)}).json["results"]
    assert [(one["applied"], one["dead_letter"]["status"]) for one in tried] == [(True, "open")]
    done = api.post(f"{LIST}/replay", of).json["results"]
    assert [(one["applied"], one["dead_letter"]["status"]) for one in done] == [(True, "replayed")]


def test_it_takes_the_scope_and_ones_own_books(books: Entity, toy: Toy) -> None:
    path = f"{LIST}/{a_dead_letter(toy, books, 3).pk}"
    assert ApiClient(books, "post", "manage").get(path).status == 403
    assert ApiClient(an_entity()).get(path).status == 404
    for api, status in ((ApiClient(books, "read", "post"), 403), (ApiClient(an_entity()), 404)):
        assert api.post(f"{path}/replay").status == status
        assert api.post(f"{path}/discard", {"reason": "x"}).status == status
    assert ApiClient(an_entity()).get(LIST).json["results"] == []
