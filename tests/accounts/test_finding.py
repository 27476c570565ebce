"""Accounts by a part of their code or name, through an index that a million of them need."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from accounts.finding import with_part
from accounts.models import Account
from ledgerflow.books.models import Entity
from tests.builders import an_account, an_entity

pytestmark = pytest.mark.every_server


@pytest.fixture(scope="module")
def books() -> Entity:
    entity = an_entity()
    an_account(entity, "1200-A", name="Ørsted Maschinenbau")
    an_account(entity, "1201-B", name="Große Straße 5 % off_", owner_id="orst")
    an_account(entity, "XY", name="Z")
    return entity


@pytest.mark.parametrize(
    "text, codes",
    [
        ("maschinen", ["1200-A"]),
        ("ØRST", ["1200-A"]),
        ("00-a", ["1200-A"]),
        ("120", ["1200-A", "1201-B"]),
        ("orst", ["1201-B"]),
        ("straße", ["1201-B"]),
        ("5 % of", ["1201-B"]),
        ("off_", ["1201-B"]),
        ("of%_", []),
        ("y", ["XY"]),
        ("XY Z", []),
        ("-A Ørsted", []),
        ("", ["1200-A", "1201-B", "XY"]),
    ],
)
def test_a_part_of_code_or_name_in_any_case_and_the_whole_owner(books: Entity, text: str, codes: list[str]) -> None:
    found = with_part(Account.objects.filter(entity=books), text).order_by("code")
    assert [account.code for account in found] == codes


def test_three_characters_are_found_by_the_index() -> None:
    """Among the accounts of all books, where no other index can help."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        plan = with_part(Account.objects.all(), "masch").order_by().explain()
    assert "account_by_part" in plan
