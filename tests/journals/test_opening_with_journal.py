"""Accounts that are opened with the journal that needs them first, in one transaction, and journals of templates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.changing import change_account
from accounts.models import Account
from accounts.specs import AccountSpec
from journals.drafts import Draft, FromTemplate
from journals.events import read_fact
from journals.models import Journal
from journals.posting import post_many
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from tests.builders import a_journal, an_account, an_entity, balance_of, posted
from tests.client import ApiClient
from tests.templates.templating import activated, moving

pytestmark = pytest.mark.every_server


@pytest.fixture
def books() -> Entity:
    entity = an_entity()
    an_account(entity, "bank")
    an_account(entity, "wallets", "liability", is_header=True)
    return entity


def wallet(owner: str, **given: Any) -> AccountSpec:
    values: dict[str, Any] = {
        "owner_id": owner,
        "role": "wallet",
        "parent": "wallets",
        "min_balance": Decimal(0),
    } | given
    return AccountSpec(f"w:{owner[:3]}", f"Wallet of {owner}", "EUR", "liability", **values)


def grant(owner: str, amount: str, **given: Any) -> Draft:
    spec = given.pop("spec", wallet(owner))
    return a_journal(("bank", amount), (spec.code, f"-{amount}".replace("--", "")), opens=(spec,), **given)


def outcomes(entity: Entity, *drafts: Draft, **given: Any) -> list[str]:
    return [one.refusal.code if one.refusal else one.status for one in post_many(entity.id, drafts, **given)]


def test_an_account_comes_to_be_with_its_first_journal_and_stays_away_with_a_refused_one(books: Entity) -> None:
    sent = [
        grant("ann", "5"),
        grant("ann", "2"),
        grant("ben", "-1"),
        grant("ann'", "1"),
        grant("eve", "1", spec=wallet("eve", parent="x")),
    ]
    assert outcomes(books, *sent, dry_run=True)[:2] == ["would_post", "would_post"]
    assert outcomes(books, sent[0], sent[2], atomic=True) == ["batch_refused", "insufficient_funds"]
    assert Account.objects.filter(entity=books, role="wallet").count() == 0
    expected = ["posted", "posted", "insufficient_funds", "account_exists", "parent_refused"]
    assert outcomes(books, *sent) == expected
    assert outcomes(books, *sent) == ["replayed", "replayed", *expected[2:]]
    (opened,) = Account.objects.filter(entity=books, role="wallet")
    assert (opened.code, opened.owner_id, opened.parent.code if opened.parent else "") == ("w:ann", "ann", "wallets")
    assert balance_of(books, "w:ann") == 7
    assert opened.revision < Journal.objects.get(entity=books, number=1).event_sequence
    # It is there: whoever opens it again finds it, whatever it is called by now, and another owner's is no one else's.
    change_account(books.id, "w:ann", {"name": "Anna"}, expected_revision=None, actor="test")
    assert outcomes(books, grant("ann", "1"), grant("anne", "1")) == ["posted", "account_exists"]
    assert verify_books(books.id) == []


def test_a_journal_of_a_template_is_listed_by_it_and_its_column_is_proven(books: Entity) -> None:
    activated(books, "top-up", moving("bank", "bank"))
    activated(books, "top-up", moving("bank", "bank", name="Top-up"))
    template = FromTemplate("top-up", 2, {"amount": "5"})
    answer = posted(books, grant("ann", "5", template=template, request=b"\x01" + b"r" * 32))
    fact = read_fact(answer.journal)
    assert (fact.template, fact.template_version, fact.parameters) == ("top-up", 2, {"amount": "5"})
    posted(books, grant("ben", "5"))
    stored = dict(Journal.objects.filter(entity=books).values_list("number", "template"))
    assert stored == {1: "top-up", 2: None}
    client = ApiClient(books)
    for code, found in (("top-up", [1]), ("other", [])):
        rows = client.get(f"/api/journals?template={code}&account=bank").json["results"]
        assert [row["journal"]["number"] for row in rows] == found
    assert client.get("/api/journals?template=top-up").json["results"][0]["journal"]["template"] == "top-up"
    assert verify_books(books.id) == []
