"""A file with the statements of several accounts: each goes to the bank account that it names, or nothing comes in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import IdempotencyKeyReused
from recon.statements import importing, planning, rows
from recon.statements.changing import undo_import
from recon.statements.errors import (
    BankAccountRevised,
    StatementDiscontinuous,
    StatementFileKnown,
    StatementOfOther,
    StatementOfUnknown,
)
from recon.statements.importing import preview
from recon.statements.models import BankAccount, Statement
from recon.statements.reading import ImportAnswer
from tests.builders import an_entity
from tests.concurrency.races import Race
from tests.statements.banking import (
    CSV_COLUMNS,
    IBAN,
    a_bank_account,
    a_csv_file,
    a_statement_file,
    imported,
    lines_stored,
)
from tests.statements.test_killing import outcome_of

OTHER = "NL71RABO0123456789"
MONDAY = date(2026, 3, 2)
TUESDAY = MONDAY + timedelta(days=1)
BAI2 = """\
01,BANK,US,260331,0800,1,80,1,2/
02,US,BANK,1,260331,,USD,2/
03,4711,USD,010,10000,,,015,15000,,/
16,165,5000,,B1,C1,Invoice 7/
49,30000,3/
03,4712,USD,010,0,,,015,-25,,/
16,475,25,,B2,,CHECK/
49,0,3/
98,30000,2,8/
99,30000,1,10/
"""


class Banks(NamedTuple):
    """Two bank accounts of one entity."""

    entity: Entity
    one: BankAccount
    other: BankAccount


@pytest.fixture
def banks() -> Banks:
    entity = an_entity()
    one = a_bank_account(entity, "BANK", identifier="DE89 3704 0044 0532 0130 00")
    return Banks(entity, one, a_bank_account(entity, "RABO", identifier=OTHER))


def a_file(*, opening: str = "0.00", day: date = MONDAY, third: str = IBAN) -> bytes:
    """Three statements: one of the first account, one of the other, and the next one of the first."""
    next_one = a_statement_file(("3.00", "C", day + timedelta(days=1)), account=third, opening="1.00", label="2/1")
    return (
        a_statement_file(("1.00", "A", day))
        + a_statement_file(("2.00", "B", day), account=OTHER, opening=opening)
        + next_one
    )


def told(answer: ImportAnswer) -> list[tuple[str, int, int]]:
    """Account, number and place of each statement."""
    return [(one.account, one.number, one.place) for one in answer.statements]


def amounts(bank: BankAccount) -> list[str]:
    return [str(line.amount) for line in lines_stored(bank)]


def test_each_statement_goes_to_the_account_it_names(banks: Banks) -> None:
    wanted = [("BANK", 1, 1), ("BANK", 2, 2), ("RABO", 1, 1)]
    assert told(preview(banks.entity.id, None, a_file(), "x")) == wanted
    assert not Statement.objects.filter(entity=banks.entity).exists()
    answer = imported(banks.entity, None, a_file())
    assert (answer.status, answer.new_count, told(answer)) == ("imported", 3, wanted)
    assert (amounts(banks.one), amounts(banks.other)) == (["1.00", "3.00"], ["2.00"])
    assert verify_books(banks.entity.id) == []
    moments = Statement.objects.filter(entity=banks.entity).values_list("recorded_at", flat=True)
    assert len(set(moments)) == 1, "one transaction"


def test_a_key_answers_again_with_all_of_them(banks: Banks) -> None:
    """Also after another file."""
    first = imported(banks.entity, None, a_file(), key="k")
    imported(banks.entity, banks.other, a_statement_file(("1.00", "D", TUESDAY), account=OTHER, opening="2.00"))
    again = imported(banks.entity, None, a_file(), key="k")
    assert (again.status, told(again)) == ("replayed", told(first))
    assert [one.id for one in again.statements] == [one.id for one in first.statements]
    with pytest.raises(IdempotencyKeyReused):
        imported(banks.entity, banks.one, a_file(), key="k")
    assert verify_books(banks.entity.id) == []


@pytest.mark.parametrize(
    "account,words",
    [
        ("GB33BUKB20201555555555", "is of the account 'GB33BUKB20201555555555', and no bank account of these books"),
        ("--", "names no account: say of which bank account"),
    ],
)
def test_a_statement_of_no_bank_account_refuses_the_file(banks: Banks, account: str, words: str) -> None:
    data = a_file(third=account)
    with pytest.raises(StatementOfUnknown) as refusal:
        imported(banks.entity, None, data)
    assert (refusal.value.code, refusal.value.data["place"]) == ("statement_account_unknown", 3)
    assert words in refusal.value.message
    (problem,) = preview(banks.entity.id, None, data, "x").problems
    assert problem.message == refusal.value.message
    assert not Statement.objects.filter(entity=banks.entity).exists()


def test_a_csv_names_no_account(banks: Banks) -> None:
    a_bank_account(banks.entity, "BANK", identifier="", column_map=CSV_COLUMNS)
    with pytest.raises(StatementOfUnknown) as refusal:
        imported(banks.entity, None, a_csv_file(("1.00", "A")))
    assert "names no account" in refusal.value.message


def test_a_bank_account_without_an_identifier_is_never_meant(banks: Banks) -> None:
    a_bank_account(banks.entity, "BANK", identifier="")
    with pytest.raises(StatementOfUnknown):
        imported(banks.entity, None, a_statement_file(("1.00",)))


def test_another_entity_has_its_own_bank_accounts(banks: Banks) -> None:
    with pytest.raises(StatementOfUnknown):
        imported(an_entity(), None, a_file())
    assert not Statement.objects.filter(entity=banks.entity).exists()


def test_identifiers_that_are_nearly_the_same(banks: Banks) -> None:
    """All of what the file says comes before it and a currency; what differs in blanks only may be either."""
    euro = a_bank_account(banks.entity, "EURO", identifier="4711")
    named = a_bank_account(banks.entity, "NAMED", identifier="47-11 EUR")
    imported(banks.entity, None, a_statement_file(("1.00", "A"), account="4711EUR"))
    assert (amounts(named), amounts(euro)) == (["1.00"], [])
    a_bank_account(banks.entity, "NAMED", identifier="47-11")
    with pytest.raises(StatementOfUnknown) as refusal:
        imported(banks.entity, None, a_statement_file(("1.00", "A"), account="4711"))
    assert "any of the bank accounts EURO, NAMED" in refusal.value.message
    a_bank_account(banks.entity, "NAMED", identifier="other")
    imported(banks.entity, None, a_statement_file(("1.00", "A"), account="4711 EUR"))
    assert amounts(euro) == ["1.00"]


def test_another_currency_refuses_the_file(banks: Banks) -> None:
    data = a_statement_file(("1.00", "A")) + a_statement_file(("2.00", "B"), account=OTHER, currency="USD")
    with pytest.raises(StatementOfOther) as refusal:
        imported(banks.entity, None, data)
    assert (refusal.value.data["place"], refusal.value.data["what"]) == (2, "currency")
    assert amounts(banks.one) == []


def test_a_gap_of_one_account_refuses_the_file_unless_it_is_allowed(banks: Banks) -> None:
    imported(banks.entity, None, a_file())
    data = a_statement_file(("1.00", "D", date(2026, 3, 9)), opening="4.00")
    data += a_statement_file(("1.00", "E", date(2026, 3, 9)), account=OTHER, opening="7.00")
    with pytest.raises(StatementDiscontinuous) as refusal:
        imported(banks.entity, None, data)
    assert (refusal.value.data["place"], refusal.value.data["difference"]) == (2, "5.00")
    assert amounts(banks.one) == ["1.00", "3.00"]
    answer = imported(banks.entity, None, data, allow_gap=True)
    assert [(one.account, len(one.breaks)) for one in answer.statements] == [("BANK", 0), ("RABO", 1)]


def test_undoing_takes_back_the_share_of_one_account_which_may_come_again(banks: Banks) -> None:
    answer = imported(banks.entity, None, a_file())
    first = answer.statements[0].id
    assert first
    undone = undo_import(banks.entity.id, first, reason="wrong", key="u", actor="test").statements
    assert [one.bank_account_id for one in undone] == [banks.one.pk] * 2
    assert (amounts(banks.one), amounts(banks.other)) == ([], ["2.00"])
    again = imported(banks.entity, None, a_file())
    assert told(again) == [("BANK", 3, 1), ("BANK", 4, 2)], "what the other account has is passed over"
    assert (amounts(banks.one), amounts(banks.other)) == (["1.00", "3.00"], ["2.00"])
    with pytest.raises(StatementFileKnown):
        imported(banks.entity, None, a_file())
    assert verify_books(banks.entity.id) == []


def test_a_file_that_came_with_its_account_named_is_known(banks: Banks) -> None:
    data = a_statement_file(("1.00", "A"))
    imported(banks.entity, banks.one, data)
    with pytest.raises(StatementFileKnown):
        imported(banks.entity, None, data)


def test_a_bank_account_that_changes_meanwhile_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, banks: Banks
) -> None:
    read = planning.read_for_all

    def slowly(*given: Any) -> Any:
        found = read(*given)
        a_bank_account(banks.entity, "RABO", identifier="moved")
        return found

    monkeypatch.setattr(importing, "read_for_all", slowly)
    with pytest.raises(BankAccountRevised):
        imported(banks.entity, None, a_file())
    assert amounts(banks.one) == []


@pytest.mark.every_server
def test_the_same_file_at_once_comes_in_once(monkeypatch: pytest.MonkeyPatch, banks: Banks) -> None:
    run = Race(lambda: imported(banks.entity, None, a_file()), lambda: imported(banks.entity, None, a_file()))
    insert = rows.insert_statement

    def stopping(*args: Any) -> None:
        run.stop_here()
        insert(*args)

    monkeypatch.setattr(importing, "insert_statement", stopping)
    run.start()
    assert sorted(outcome_of(one) for one in run.finish()) == ["imported", "statement_file_known"]
    assert (amounts(banks.one), amounts(banks.other)) == (["1.00", "3.00"], ["2.00"])


def test_an_import_that_ends_in_the_middle_leaves_nothing(monkeypatch: pytest.MonkeyPatch, banks: Banks) -> None:
    copy, left = rows.copy_lines, iter(range(2))

    def failing(*args: Any) -> None:
        next(left)
        copy(*args)

    with monkeypatch.context() as patched:
        patched.setattr(importing, "copy_lines", failing)
        with pytest.raises(StopIteration):
            imported(banks.entity, None, a_file(), key="k")
    assert not Statement.objects.filter(entity=banks.entity).exists()
    assert imported(banks.entity, None, a_file(), key="k").status == "imported"


def test_bai2_with_two_accounts() -> None:
    entity = an_entity()
    first, second = (a_bank_account(entity, code, identifier=code, currency="USD") for code in ("4711", "4712"))
    imported(entity, None, BAI2.encode())
    assert (amounts(first), amounts(second)) == (["50.00"], ["-0.25"])


def real_accounts() -> Iterator[tuple[str, int]]:
    """The accounts of a real file, and how many lines each has."""
    manifest = json.loads((Path(__file__).parents[1] / "manifest.json").read_text())
    for account, _, _, lines, *_ in manifest["mt940/betterplace-sepa_mt9401.sta"]["statements"]:
        yield account, lines


def test_a_real_file_of_twenty_accounts(data_folder: Path) -> None:
    data = (data_folder / "mt940" / "betterplace-sepa_mt9401.sta").read_bytes()
    entity = an_entity()
    wanted = dict(real_accounts())
    *known, last = wanted
    found = {account: a_bank_account(entity, f"B-{place}", identifier=account) for place, account in enumerate(known)}
    with pytest.raises(StatementOfUnknown) as refusal:
        imported(entity, None, data)
    assert (refusal.value.data["found"], len(wanted)) == (last, 20)
    found[last] = a_bank_account(entity, "LAST", identifier=last)
    imported(entity, None, data)
    assert {account: len(lines_stored(bank)) for account, bank in found.items()} == wanted
    with pytest.raises(StatementFileKnown):
        imported(entity, None, data)
