"""Running operations: once, whatever version is active by then, each for itself or all or nothing."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Account
from apps.operations.definitions import convert
from apps.operations.errors import DefinitionRefused, FourEyesNeeded, TwoPeopleNotNeeded
from apps.operations.running import (
    PERMISSION,
    Operation,
    Proposer,
    Runner,
    carry_out,
    drafts_of,
    is_done,
    propose,
    run,
    run_many,
)
from apps.operations.versions import draft_version, retire
from bench.templates.making import ACCOUNTS, ROLE, ROLE_ACCOUNTS, random_parameters, random_template
from journals.drafts import Draft
from journals.events import Answer, read_fact
from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.approvals.use_cases import ApprovedBy, decide
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.errors.form import ScopeMissing
from tests.approving import a_person
from tests.builders import an_account, an_entity, balance_of
from tests.concurrency.races import Racer, posting_of
from tests.templates.templating import activated, books_with_roles, top_up

CALLER = Runner("key:1", frozenset({"post"}))
MANAGER = Runner("key:2", frozenset({"post", "manage"}))


@pytest.fixture
def books() -> Entity:
    entity = books_with_roles(["bank"])
    activated(entity, "top-up", top_up())
    return entity


def an_operation(code: str = "top-up", version: int | None = None, key: str = "", **parameters: Any) -> Operation:
    return Operation(code, {"amount": "5", "customer": "anna"} | parameters, key or uuid4().hex, version)


def came(answers: list[Answer]) -> list[str]:
    return [one.refusal.code if one.refusal else one.status for one in answers]


def test_an_operation_makes_the_journal_of_its_template(books: Entity) -> None:
    answer = run(books.id, an_operation(amount="12.50"), CALLER)
    fact = read_fact(answer.journal)
    assert [(line.account, line.side, line.amount) for line in fact.lines] == [
        ("bank", "debit", "12.50"), ("wallet:anna", "credit", "12.50"),
    ]  # fmt: skip
    assert (fact.kind, fact.description, fact.template, fact.template_version) == (
        "operation",
        "Top-up of anna",
        "top-up",
        1,
    )
    assert fact.parameters == {"amount": "12.5", "customer": "anna"}
    wallet = Account.objects.get(entity=books, code="wallet:anna")
    assert (wallet.owner_id, wallet.role, wallet.type) == ("anna", "wallet", "liability")
    assert Journal.objects.get(entity=books).template == "top-up"
    # The second time the account is there, and found by its owner and role whatever its code is.
    run(books.id, an_operation(), CALLER)
    assert balance_of(books, "wallet:anna") == Decimal("17.50")
    rehearsed = run(books.id, an_operation(customer="ben"), CALLER, dry_run=True)
    assert (rehearsed.status, read_fact(rehearsed.journal).lines[1].account) == ("would_post", "wallet:ben")
    assert not Account.objects.filter(entity=books, code="wallet:ben").exists()
    assert verify_books(books.id) == []


def test_a_retry_gives_the_first_answer_whatever_is_active_by_then(books: Entity) -> None:
    first, pinned = an_operation(key="k"), an_operation(version=1, key="p")
    answers = [run(books.id, one, CALLER) for one in (first, pinned)]
    stricter = top_up(scope="manage", parameters=[*top_up()["parameters"], {"name": "reason", "kind": "text"}])
    stricter["examples"][0]["parameters"]["reason"] = "x"
    activated(books, "top-up", stricter)
    assert came(run_many(books.id, [an_operation()], CALLER)) == ["permission_missing"]
    assert came(run_many(books.id, [an_operation(), an_operation(version=1)], MANAGER)) == [
        "parameter_refused", "template_not_active",
    ]  # fmt: skip
    for one, answer in zip((first, pinned), answers, strict=True):
        again = run(books.id, one, CALLER)
        assert (again.status, again.journal, again.event_sequence) == (
            "replayed",
            answer.journal,
            answer.event_sequence,
        )
    assert came(run_many(books.id, [first, pinned], CALLER, atomic=True)) == ["replayed", "replayed"]
    # The same key for anything else is another request, be it well-formed or not.
    others = [an_operation(key="k", amount="6"), an_operation(key="k", version=1), an_operation(key="k", amount=5)]
    assert came(run_many(books.id, others, CALLER)) == ["idempotency_key_reused"] * 3
    retire(books.id, "top-up", 2, actor="test")
    assert run(books.id, first, CALLER).status == "replayed"
    assert came(run_many(books.id, [an_operation()], MANAGER)) == ["template_not_active"]


def test_each_for_itself_or_all_or_nothing(books: Entity) -> None:
    wrong = [
        an_operation(amount="1e3"), an_operation(code="none"), an_operation(version=2), an_operation(version=-1),
        an_operation(code="\x00"), an_operation(key=" "), an_operation(amount=float("nan")), an_operation(amount=True),
        an_operation(customer="\ud800"), an_operation(customer="a/b"), an_operation(more={"deep": [1]}),
    ]  # fmt: skip
    expected = ["parameter_refused", "not_found", "not_found", "not_found", "not_found", "malformed", "parameter_refused",
                "parameter_refused", "malformed", "malformed", "parameter_refused"]  # fmt: skip
    good = [an_operation(), an_operation(customer="ben", amount="7")]
    answers = run_many(books.id, [good[0], *wrong, good[1]], CALLER)
    assert came(answers) == ["posted", *expected, "posted"]
    assert Journal.objects.filter(entity=books).count() == 2
    for one, code in zip(wrong, expected, strict=True):
        with pytest.raises(LedgerError) as refused:
            run_many(books.id, [good[0], one], CALLER, atomic=True)
        assert (refused.value.code, refused.value.pointer.startswith("/items/1")) == (code, True)
    fresh = [an_operation(customer="eve"), an_operation(customer="eve", amount="8")]
    assert came(run_many(books.id, fresh, CALLER, atomic=True)) == ["posted", "posted"]
    assert came(run_many(books.id, fresh, CALLER, atomic=True)) == ["replayed", "replayed"]
    assert verify_books(books.id) == []


def test_a_draft_is_tried_out_and_never_run(books: Entity) -> None:
    draft_version(books.id, "top-up", convert(top_up(description="Other")), actor="test")
    operation = an_operation(version=2)
    assert read_fact(run(books.id, operation, CALLER, dry_run=True).journal).description == "Other"
    assert came(run_many(books.id, [operation], CALLER)) == ["template_not_active"]


def test_what_a_template_takes_of_its_caller(books: Entity) -> None:
    activated(books, "careful", top_up(scope="manage"))
    with pytest.raises(ScopeMissing):
        run(books.id, an_operation("careful"), CALLER)
    assert run(books.id, an_operation("careful"), MANAGER).status == "posted"


def test_two_people_run_what_takes_two(books: Entity) -> None:
    activated(books, "payroll", top_up(four_eyes=True))
    operation = an_operation("payroll", customer="anna")
    with pytest.raises(FourEyesNeeded):
        run(books.id, operation, CALLER)
    one, other = a_person(PERMISSION), a_person(PERMISSION)
    who = Proposer(one, "key:1", frozenset({"post"}))
    with pytest.raises(TwoPeopleNotNeeded):
        propose(books.id, an_operation(), who, reason="x")
    with pytest.raises(LedgerError) as refused:
        propose(books.id, an_operation("payroll", amount="-5"), who, reason="x")
    assert refused.value.code == "parameter_refused"
    with pytest.raises(LedgerError) as refused:
        propose(books.id, an_operation("none"), who, reason="x")
    assert refused.value.code == "not_found"
    proposal = propose(books.id, operation, who, reason="March")
    assert proposal.content == {"code": "payroll", "version": 1, "parameters": dict(operation.parameters)}
    assert (Journal.objects.filter(entity=books).count(), is_done(proposal)) == (0, False)
    outcome = decide(books.id, proposal.id, "approved", person=other, via=other)
    assert outcome.failure is None
    assert is_done(proposal)
    again = carry_out(proposal, ApprovedBy(other, "", proposal.proposed_at, other))
    assert (again.status, Journal.objects.filter(entity=books).count()) == ("replayed", 1)
    # What was approved is that version: with another one active nobody has approved what it would make.
    second = propose(books.id, an_operation("payroll"), who, reason="April")
    activated(books, "payroll", top_up(four_eyes=True, description="Other"))
    failed = decide(books.id, second.id, "approved", person=other, via=other).failure
    assert failed is not None
    assert failed.code == "template_not_active"


def test_many_at_once_open_one_account(books: Entity) -> None:
    """Each draft was made while nobody had the account, and each is posted past the queue of this process."""
    operations = [an_operation(amount="1", key=f"k{number % 4}") for number in range(8)]
    drafts = [one for one in drafts_of(books.id, operations, CALLER) if isinstance(one, Draft)]
    assert [len(draft.opens) for draft in drafts] == [1] * 8
    racers = [Racer(posting_of(books, draft)) for draft in drafts]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(came([racer.outcome for racer in racers])) == ["posted"] * 4 + ["replayed"] * 4
    assert balance_of(books, "wallet:anna") == 4
    assert verify_books(books.id) == []


def test_an_account_of_somebody_else_is_never_taken_for_ones_own(books: Entity) -> None:
    an_account(books, "wallet:eve", "liability", owner_id="somebody", role="wallet")
    an_account(books, "second", "liability", owner_id="anna", role="wallet")
    an_account(books, "third", "liability", owner_id="anna", role="wallet")
    assert came(run_many(books.id, [an_operation(customer="eve"), an_operation()], CALLER)) == [
        "account_exists", "role_unresolved",
    ]  # fmt: skip


def test_random_templates_post_balanced_journals_or_are_refused_by_name() -> None:
    choose = random.Random(11)
    books = an_entity()
    for code, currency, kind in ACCOUNTS:
        an_account(books, code, kind, currency=currency)
    for code, currency, kind in ROLE_ACCOUNTS:
        an_account(books, code, kind, currency=currency, role=ROLE)
    operations = []
    for number in range(60):
        try:
            draft_version(books.id, f"random-{number}", convert(random_template(choose)), actor="test")
        except DefinitionRefused:
            continue
        given = [random_parameters(choose) for _ in range(20)]
        operations += [Operation(f"random-{number}", one, uuid4().hex, 1) for one in given]
    answers = run_many(books.id, operations, CALLER, dry_run=True)
    assert set(came(answers)) >= {"would_post", "expression_failed", "negative_line", "parameter_refused", "unbalanced"}
    signs = {"debit": 1, "credit": -1}
    for answer in answers:
        totals: Counter[str] = Counter()
        for line in read_fact(answer.journal).lines if answer.refusal is None else ():
            totals[line.currency] += int(Decimal(line.amount) * 1000) * signs[line.side]
        assert not any(totals.values())
