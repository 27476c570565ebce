"""The admin pages of owners: search, wallet, lots, entries, and operations, alone or by two people."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from apps.credits.errors import CreditsNeedTwoPeople
from apps.credits.models import Wallet
from apps.credits.owners.proposing import PERMISSION
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.use_cases import decide
from ledgerflow.books.models import Entity
from tests.approving import a_person
from tests.credits.shops import SHOP, run
from tests.lots.granting import credit_books
from tests.pages import column, page_of, read, send
from tests.people import a_member_of_staff

LIST = "/admin/credits/wallet/"


@pytest.fixture
def books(settings: Settings) -> Entity:
    settings.LEDGERFLOW_APPLICATIONS = [SHOP]
    return credit_books(name="Corner shop")


def address(row: Wallet, action: str) -> str:
    return page_of(row).replace("change/", f"{action}/")


def filled(operation: str, **given: str) -> dict[str, str]:
    return {"operation": f"gallery/{operation}", "key": uuid4().hex} | given


def test_owners_are_found_and_shown(operator: Client, books: Entity) -> None:
    for owner in ("ann", "users/bob"):
        run(books, "GIFT", owner)
    run(books, "CREDIT_ADD", "ann", "1000")
    run(books, "IMAGE", "ann")
    assert column(operator, LIST, "balance_text", entity=books.code) == ["1,002", "7"]
    assert column(operator, LIST, "owner", entity=books.code, q="bob") == ["users/bob"]
    assert column(operator, LIST, "owner", entity=books.code, unit="CREDIT", q="nobody") == []
    ann, bob = Wallet.objects.filter(entity=books, role="wallet").order_by("owner_id")
    page = read(operator, page_of(ann))
    for words in ("Balance 1,002", "Expiring in 7 days 7", "gallery any 995", "operation:IMAGE, app:arcade", "never 995 0",
                  "IMAGE gallery", "1,000 995 0 0"):  # fmt: skip
        assert words in page, page
    older = read(operator, page_of(ann), before="2")
    assert "IMAGE gallery" not in older
    assert "GIFT gallery" in older
    assert b"".join(operator.get(address(bob, "statement"), {"format": "pdf"}).streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert operator.get(f"{LIST}{uuid4()}/statement/").status_code == 302


def test_a_grant_and_a_spend_are_run_once(operator: Client, books: Entity) -> None:
    page = read(operator, f"{LIST}add/", entity=books.code)
    assert "Grant credits in the books of Corner shop" in page
    given = filled("CREDIT_ADD", owner_id="users/ann", amount="7")
    assert "CREDIT_ADD: 7, the balance is 7." in send(operator, f"{LIST}add/", **given)
    row = Wallet.objects.get(entity=books, owner_id="users/ann")
    spend = filled("CREDIT_SPEND", amount="2")
    for _ in range(2):
        assert "CREDIT_SPEND: -2, the balance is 5." in send(operator, address(row, "spend"), **spend)
    for fields, words in (
        (filled("CREDIT_SPEND", amount="9"), "available"), (filled("CREDIT_SPEND", amount="x"), "amount"),
        (filled("CREDIT_SPEND", amount="-1"), "from 1 to 1000000"), (filled("GIFT"), "Select a valid choice"),
        (filled("IMAGE"), "IMAGE: -5, the balance is 0."),
    ):  # fmt: skip
        assert words in send(operator, address(row, "spend"), **fields)
    looks = a_member_of_staff("credits.view_wallet")
    assert "/grant/" not in looks.get(page_of(row)).content.decode()
    for action in ("grant", "spend"):
        assert looks.get(address(row, action)).status_code == 403
    assert looks.get(f"{LIST}add/").status_code == 403


def test_what_takes_two_people_is_proposed_and_run_when_another_approves(operator: Client, books: Entity) -> None:
    with pytest.raises(CreditsNeedTwoPeople):
        run(books, "GOODWILL", "ann", "50")
    url, given = f"{LIST}add/?entity={books.code}", filled("GOODWILL", owner_id="ann", amount="50")
    assert "say why it is proposed" in send(operator, url, **given)
    assert "GOODWILL is proposed" in send(operator, url, reason="Sorry", **given)
    proposal = Proposal.objects.get(entity=books, kind="credits.run")
    assert not Wallet.objects.filter(entity=books, owner_id="ann").exists()
    person = a_person(PERMISSION)
    assert decide(books.id, proposal.id, "approved", person=person, via=person).failure is None
    row = Wallet.objects.get(entity=books, owner_id="ann")
    assert "GOODWILL gallery" in read(operator, page_of(row))
