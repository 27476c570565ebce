"""Templates at the same moment as others: one version is active, one is drafted, and no journal is of another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from apps.operations import running, versions
from apps.operations.definitions import convert
from apps.operations.drafting.previewing import draft
from apps.operations.events import TemplateRetiredFact
from apps.operations.models import TemplateStep, TemplateVersion
from apps.operations.running import Operation, Runner, drafts_of, run_many
from apps.operations.versioning import keeping
from apps.operations.versioning.keeping import Versions
from apps.operations.versions import PERMISSION, carry_out, draft_version, propose_activation, retire, versions_of
from journals.drafts import Draft
from journals.events import read_fact
from journals.proof.ledger import verify_books
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.use_cases import ApprovedBy
from ledgerflow.books.models import Entity, Event
from tests.approving import a_person
from tests.attacks import connect
from tests.builders import balance_of
from tests.concurrency.races import Race, post_elsewhere, posting_of, race, without_lock, without_rows
from tests.templates.templating import activate, activated, books_with_roles, moving

pytestmark = pytest.mark.every_server
CALLER = Runner("key:1", frozenset({"post"}))
TRIGGER = "ALTER TABLE journals_journal {} TRIGGER journal_of_active_version"


@pytest.fixture
def books() -> Entity:
    entity = books_with_roles(["bank", "sales"])
    activated(entity, "sale", sale())
    return entity


@pytest.fixture
def without_guard(_database: None) -> Iterator[None]:
    """Journals of any version are taken: the twin that must show the fault."""
    with connect(autocommit=True) as owner:
        owner.execute(TRIGGER.format("DISABLE").encode())
        yield
        owner.execute(TRIGGER.format("ENABLE").encode())


def sale(name: str = "Sale") -> dict[str, Any]:
    return moving("bank", "sales", name=name)


def operation(key: str, version: int | None = None) -> Operation:
    return Operation("sale", {"amount": "5"}, key, version)


def made_of(entity: Entity, *keys: str) -> list[Draft]:
    drafts = drafts_of(entity.id, [operation(key) for key in keys], CALLER)
    return [one for one in drafts if isinstance(one, Draft)]


def statuses(entity: Entity) -> list[str]:
    return [getattr(row, "status") for row in versions_of(entity.id).order_by("code", "number")]  # noqa: B009


def raced(
    monkeypatch: pytest.MonkeyPatch, place: Any, name: str, first: Callable[[], Any], second: Callable[[], Any]
) -> list[Any]:
    """`first` stands still before this function, in its transaction; `second` comes as far as it can."""
    contest = Race(first)
    original: Callable[..., Any] = getattr(place, name)

    def stop_and_go_on(*args: Any, **kwargs: Any) -> Any:
        contest.stop_here()
        return original(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(place, name, stop_and_go_on)
        contest.start()
        contest.start(second)
        return contest.finish()


def activations(books: Entity) -> list[Callable[[], None]]:
    """Two further versions, each proposed and approved, and not carried out yet."""
    works = []
    for name in ("Second", "Third"):
        number = draft_version(books.id, "sale", convert(sale(name)), actor="test").version.number
        one, other = a_person(PERMISSION), a_person(PERMISSION)
        proposal = propose_activation(books.id, "sale", number, reason="x", person=one, via=one)
        works.append(carrying_out(proposal, ApprovedBy(other, "", proposal.proposed_at, other)))
    return works


def carrying_out(proposal: Proposal, approved: ApprovedBy) -> Callable[[], None]:
    return lambda: carry_out(proposal, approved)


def test_of_two_versions_that_are_activated_at_once_one_is_active(
    monkeypatch: pytest.MonkeyPatch, isolation: str, books: Entity
) -> None:
    assert raced(monkeypatch, Versions, "_step", *activations(books)) == [None, None]
    assert statuses(books) == ["retired", "retired", "active"]
    steps = TemplateStep.objects.filter(entity=books).order_by("event_sequence").values_list("number", "status")
    assert list(steps) == [(1, "active"), (1, "retired"), (2, "active"), (2, "retired"), (3, "active")]
    assert verify_books(books.id) == []


@pytest.mark.usefixtures("guards_down")
def test_without_the_lock_the_second_activation_is_stopped_by_the_table_alone(
    monkeypatch: pytest.MonkeyPatch, books: Entity
) -> None:
    works = activations(books)
    without_lock(monkeypatch)
    without_rows(monkeypatch)
    outcomes = raced(monkeypatch, Versions, "_step", *works)
    assert sum(isinstance(outcome, psycopg.errors.UniqueViolation) for outcome in outcomes) == 1


def drafting(books: Entity, *names: str) -> Callable[[], list[str]]:
    """A file with a template for each name."""
    templates = {f"move-{place}": convert(sale(name)) for place, name in enumerate(names)}
    return lambda: [one.status for one in draft(books.id, templates, actor="test")]


@pytest.mark.parametrize("second, expected", [("Move", "same"), ("Moved", "changed")])
def test_files_that_are_applied_at_once_draft_each_version_once(
    monkeypatch: pytest.MonkeyPatch, isolation: str, books: Entity, second: str, expected: str
) -> None:
    works = drafting(books, "Move", "Move"), drafting(books, second, second)
    found = raced(monkeypatch, keeping, "uuid7", *works)
    # The lock is given back between two templates, so that either file may be the first with the second of them.
    assert sorted(one[0] for one in found) == sorted(["new", expected])
    assert sorted(one[1] for one in found) == sorted(["new", expected])
    rows = TemplateVersion.objects.filter(entity=books, code__startswith="move").order_by("code", "number")
    numbers = [1, 2] if expected == "changed" else [1]
    assert [row.number for row in rows] == numbers * 2
    assert verify_books(books.id) == []


@pytest.mark.usefixtures("guards_down")
def test_without_the_lock_the_second_file_is_stopped_by_the_table_alone(
    monkeypatch: pytest.MonkeyPatch, books: Entity
) -> None:
    without_lock(monkeypatch)
    without_rows(monkeypatch)
    outcomes = raced(monkeypatch, keeping, "uuid7", drafting(books, "Move"), drafting(books, "Moved"))
    assert sum(isinstance(outcome, psycopg.errors.UniqueViolation) for outcome in outcomes) == 1


def test_what_was_made_of_a_version_that_is_retired_meanwhile_is_refused(isolation: str, books: Entity) -> None:
    drafts = made_of(books, "a", "b")
    retire(books.id, "sale", 1, actor="test")
    answers = post_elsewhere(books, *drafts)
    assert [answer.refusal and answer.refusal.code for answer in answers] == ["template_not_active"] * 2
    assert balance_of(books, "bank") == 0
    assert verify_books(books.id) == []


def test_retiring_waits_for_what_is_being_posted(monkeypatch: pytest.MonkeyPatch, books: Entity) -> None:
    with race(monkeypatch, posting_of(books, *made_of(books, "a"))) as running_now:
        running_now.start(lambda: retire(books.id, "sale", 1, actor="test"))
        answer, retired = running_now.finish()
    assert (answer.status, retired.status) == ("posted", "retired")
    assert Event.objects.get(entity=books, type=TemplateRetiredFact.event_type).sequence > answer.event_sequence


@pytest.mark.usefixtures("without_guard")
def test_without_the_guard_it_is_posted_after_nobody_wants_it(books: Entity) -> None:
    drafts = made_of(books, "a")
    retire(books.id, "sale", 1, actor="test")
    assert [answer.status for answer in post_elsewhere(books, *drafts)] == ["posted"]


@pytest.mark.parametrize("atomic", [False, True])
def test_an_operation_is_made_anew_where_another_version_became_active(
    monkeypatch: pytest.MonkeyPatch, books: Entity, *, atomic: bool
) -> None:
    second = draft_version(books.id, "sale", convert(sale("Second")), actor="test").version
    original, waiting = running.drafts_of, [second]

    def made_and_overtaken(*args: Any, **kwargs: Any) -> Any:
        drafts = original(*args, **kwargs)
        while waiting:
            activate(waiting.pop())
        return drafts

    monkeypatch.setattr(running, "drafts_of", made_and_overtaken)
    answers = run_many(books.id, [operation("a"), operation("b")], CALLER, atomic=atomic)
    assert [(one.status, read_fact(one.journal).template_version) for one in answers] == [("posted", 2)] * 2
    waiting.append(versions.version_in(books.id, "sale", 1))
    pinned = run_many(books.id, [operation("c", 2)], CALLER)
    assert [one.refusal and one.refusal.data for one in pinned] == [
        {"template_code": "sale", "active": 1, "version": 2}
    ]
    assert balance_of(books, "bank") == 10
    assert verify_books(books.id) == []
