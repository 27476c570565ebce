"""What people do with exceptions: one or many, once or twice, and what is refused."""

from __future__ import annotations

from uuid import uuid4

import pytest

from journals.proof.ledger import verify_books
from ledgerflow.core.errors import IdempotencyKeyReused, LedgerError, NotFound
from ledgerflow.core.ids import uuid7
from recon.cases.errors import ReconExceptionOpenAlready
from recon.cases.models import ReconException
from recon.cases.reading import exception_in, exceptions_of, history_of
from recon.cases.use_cases import MOST_AT_ONCE, CaseAction, change_exceptions
from recon.statements.models import BankAccount
from tests.builders import TODAY, a_transfer, posted
from tests.cases.reconciling import acted, books_with_a_bank, ran, said, the_case


@pytest.fixture
def bank() -> BankAccount:
    found = books_with_a_bank()
    said(found, ("-3.00", "FEE-77"), ("-4.00", "FEE-78"), ("-5.00", "FEE-79"))
    ran(found)
    return found


def case_of(bank: BankAccount, number: int = 1) -> ReconException:
    return the_case(bank, number=number)


def test_the_life_of_an_exception_is_told_by_its_history(bank: BankAccount) -> None:
    case = case_of(bank)
    acted(case, "assign", "user:7", comment="yours")
    acted(case, "check")
    acted(case, "comment", comment="the bank will call back", actor="bob")
    acted(case, "reason", "a fee that was agreed on")
    acted(case, "resolve", "accepted", note="small")
    acted(case, "reopen", comment="not so small")
    case.refresh_from_db()
    assert (case.status, case.owner, case.reason, case.resolution, case.note) == (
        "open", "user:7", "a fee that was agreed on", "", "",
    )  # fmt: skip
    history = history_of(case)
    assert [one.action for one in history] == [
        "reopened", "resolved", "explained", "commented", "checking", "assigned", "opened",
    ]  # fmt: skip
    assert [one.entry for one in history] == [7, 6, 5, 4, 3, 2, 1]
    assert (history[3].comment, history[3].actor) == ("the bank will call back", "bob")
    assert verify_books(bank.entity_id) == []


def test_what_is_so_already_is_no_event(bank: BankAccount) -> None:
    case = case_of(bank)
    acted(case, "assign", "user:7")
    head = bank.entity.events.count()
    assert acted(case, "assign", "user:7").changed == 0
    acted(case, "resolve", "accepted")
    assert acted(case, "resolve", "accepted").changed == 0
    assert bank.entity.events.count() == head + 1


def test_the_same_request_twice_is_one(bank: BankAccount) -> None:
    case, key = case_of(bank), uuid4().hex
    assert acted(case, "comment", comment="hello", key=key).is_replayed is False
    assert acted(case, "comment", comment="hello", key=key).is_replayed is True
    with pytest.raises(IdempotencyKeyReused):
        acted(case, "comment", comment="other", key=key)
    assert len(history_of(exception_in(bank.entity_id, case.pk))) == 2
    assert verify_books(bank.entity_id) == []


def test_many_at_once_are_all_or_none(bank: BankAccount) -> None:
    cases = [case_of(bank, number) for number in (1, 2, 3)]
    acted(cases[2], "resolve", "accepted")
    ids, wanted = [case.pk for case in cases], CaseAction("assign", "user:7")
    with pytest.raises(LedgerError) as refusal:
        change_exceptions(bank.entity_id, ids, wanted, key=uuid4().hex, actor="ann")
    assert refusal.value.code == "exception_resolved"
    assert not ReconException.objects.filter(bank_account=bank, owner="user:7").exists()
    assert change_exceptions(bank.entity_id, ids[:2], wanted, key=uuid4().hex, actor="ann").changed == 2
    assert verify_books(bank.entity_id) == []


@pytest.mark.parametrize(
    "action, value, given, code, pointer",
    [
        ("assign", "x" * 161, {}, "malformed", "/owner"),
        ("assign", "\x00", {}, "malformed", "/owner"),
        ("reason", "x" * 501, {}, "malformed", "/reason"),
        ("resolve", "", {}, "malformed", "/resolution"),
        ("resolve", "matched", {}, "malformed", "/resolution"),
        ("resolve", "accepted", {"note": "x" * 501}, "malformed", "/note"),
        ("comment", "", {}, "malformed", "/comment"),
        ("comment", "", {"comment": " "}, "malformed", "/comment"),
        ("comment", "", {"comment": "x" * 1001}, "malformed", "/comment"),
        ("reopen", "", {}, "exception_not_resolved", ""),
        ("assign", "ann", {"key": ""}, "idempotency_key_missing", ""),
    ],
)
def test_what_is_refused(
    bank: BankAccount, action: str, value: str, given: dict[str, str], code: str, pointer: str
) -> None:
    head = bank.entity.events.count()
    with pytest.raises(LedgerError) as refusal:
        acted(case_of(bank), action, value, **given)  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.pointer) == (code, pointer)
    assert bank.entity.events.count() == head


def test_how_many_may_be_given(bank: BankAccount) -> None:
    case = case_of(bank)
    for ids in ([], [case.pk, case.pk], [uuid7() for _ in range(MOST_AT_ONCE + 1)]):
        with pytest.raises(LedgerError) as refusal:
            change_exceptions(bank.entity_id, ids, CaseAction("check"), key=uuid4().hex, actor="ann")
        assert refusal.value.pointer == "/exceptions"


def test_an_exception_of_other_books_is_not_there(bank: BankAccount) -> None:
    other = books_with_a_bank()
    with pytest.raises(NotFound):
        change_exceptions(other.entity_id, [case_of(bank).pk], CaseAction("check"), key=uuid4().hex, actor="ann")
    with pytest.raises(NotFound):
        exception_in(other.entity_id, case_of(bank).pk)


def test_a_resolved_one_is_not_opened_beside_another(bank: BankAccount) -> None:
    case = case_of(bank)
    acted(case, "resolve", "accepted")
    posted(bank.entity, a_transfer("SALES", "BANK", "3.10", external_reference="FEE-77"))
    assert ran(bank).opened == {"amount": 1}
    with pytest.raises(ReconExceptionOpenAlready):
        acted(case, "reopen")


def test_lists_are_narrowed(bank: BankAccount) -> None:
    acted(case_of(bank, 1), "assign", "user:7")
    acted(case_of(bank, 2), "resolve", "accepted")

    def numbers(**given: object) -> list[int]:
        found = exceptions_of(bank.entity_id, on=TODAY, **given)  # type: ignore[arg-type]
        return sorted(found.values_list("number", flat=True))

    assert numbers() == [1, 2, 3]
    assert numbers(status="unresolved") == [1, 3]
    assert numbers(status="resolved") == [2]
    assert numbers(owner="user:7") == [1]
    assert numbers(kind="amount") == []
    assert numbers(age="0-1") == [1, 2, 3]
    assert numbers(age="2-7") == []
    assert numbers(bank_account=uuid7()) == []
