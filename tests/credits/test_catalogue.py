"""Applications that are kept in the books: drafted when they are sound, active by two people, handed to the registry."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.currencies import add_currency
from apps.credits.applications import BaseLedgerOperations
from apps.credits.catalogue import source
from apps.credits.catalogue.errors import (
    ApplicationActive,
    ApplicationNotActive,
    ApplicationNotFound,
    ApplicationOfSettings,
    ApplicationVersionNotFound,
    OperationsRefused,
)
from apps.credits.catalogue.files import read_applications, write_application
from apps.credits.catalogue.trying_out import try_out
from apps.credits.catalogue.versions import APPLICATIONS, PERMISSION
from apps.credits.errors import AlreadyGranted, ApplicationUnknown
from apps.credits.files import converted, read_toml
from apps.credits.models import ApplicationVersion, Turn
from apps.credits.registry import application_named, applications_of
from apps.credits.use_cases import Request, run_operation
from apps.operations.running import Runner
from journals.errors import InsufficientFunds
from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.use_cases import decide
from ledgerflow.books.models import Entity, Event
from tests.approving import a_person
from tests.builders import an_entity
from tests.credits.keeping import LOYALTY, drafted, kept
from tests.people import a_user

EVERYTHING = Runner("test", frozenset({"post", "manage"}))
SHOP = """
name = "shop"
unit = "POINT"
minor_units = 2
roles = ["marketing"]

[[templates]]
code = "tip"
parameters = ["owner", "amount"]

[[operations]]
name = "TIP"
direction = "grant"
amount = {least = "0.50", most = 9}
template = "tip"
usable_for = ["COFFEE"]
parameters = {note = "of \\"thanks\\""}
"""


@pytest.fixture
def books() -> Entity:
    return an_entity()


def statuses(entity: Entity) -> list[tuple[int, str]]:
    rows = APPLICATIONS.of_books(entity.id).order_by("number")
    return [(row.number, getattr(row, "status")) for row in rows]  # noqa: B009


def asked(entity: Entity, operation: str, name: str = "loyalty") -> Request:
    return Request(application_named(entity.id, name), operation, "ann", uuid4().hex)


def test_a_kept_application_runs_until_it_is_retired(books: Entity) -> None:
    drafted(books)
    with pytest.raises(ApplicationUnknown):
        application_named(books.id, "loyalty")
    assert APPLICATIONS.draft(books.id, "loyalty", converted(read_toml(LOYALTY)), actor="x").status == "same"
    kept(books)
    run_operation(books.id, asked(books, "BIRTHDAY_GIFT"), EVERYTHING)
    run_operation(books.id, asked(books, "DAILY_REWARD"), EVERYTHING)
    old = asked(books, "COFFEE")
    first = run_operation(books.id, old, EVERYTHING)
    kept(books, LOYALTY.replace("default = 5", "default = 6"))
    assert statuses(books) == [(1, "retired"), (2, "active")]
    assert application_named(books.id, "loyalty").operation("COFFEE").amount.default == 6
    again = old._replace(application=application_named(books.id, "loyalty"))
    assert run_operation(books.id, again, EVERYTHING) == first._replace(status="replayed")
    source.retire(books.id, "loyalty", 2, actor="test")
    assert "loyalty" not in applications_of(books.id)
    types = Event.objects.filter(entity=books, type__startswith="application.").order_by("sequence")
    assert [kind.removeprefix("application.") for kind in types.values_list("type", flat=True)] == [
        "drafted", "activated", "drafted", "retired", "activated", "retired",
    ]  # fmt: skip
    for number, refusal in ((2, ApplicationNotActive), (3, ApplicationVersionNotFound)):
        with pytest.raises(refusal):
            source.retire(books.id, "loyalty", number, actor="test")
    with pytest.raises(ApplicationNotFound):
        APPLICATIONS.version_in(books.id, "shop", 1)
    assert verify_books(books.id) == []


def test_activating_shows_the_difference_by_the_names_of_operations(books: Entity) -> None:
    kept(books)
    version = drafted(books, LOYALTY.replace("fixed = 50", "fixed = 60"))
    one, other = a_person(PERMISSION), a_person(PERMISSION)
    with pytest.raises(ApplicationActive):
        APPLICATIONS.propose(books.id, "loyalty", 1, reason="x", person=one, via=one)
    proposal = APPLICATIONS.propose(books.id, "loyalty", 2, reason="More", person=one, via=one)
    assert (proposal.content["replaces"], proposal.content["digest"]) == (1, version.digest)
    assert proposal.content["differences"] == [
        {"at": "/operations/BIRTHDAY_GIFT/amount/fixed", "before": "50", "after": "60"}
    ]
    assert decide(books.id, proposal.id, "approved", person=other, via=other).failure is None


def test_a_spend_costs_no_query_more(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """The books are asked once in a while; what another process did is seen after that."""
    monkeypatch.setattr(source, "monotonic", lambda: 1000.0)
    kept(books)
    assert "loyalty" in applications_of(books.id)
    with CaptureQueriesContext(connection) as queries:
        applications_of(books.id)
    assert len(queries) == 0
    APPLICATIONS.retire(books.id, "loyalty", 1, actor="another process")
    assert "loyalty" in applications_of(books.id)
    monkeypatch.setattr(source, "monotonic", lambda: 1000.0 + source.STALE_SECONDS)
    assert "loyalty" not in applications_of(books.id)


class Loyalty(BaseLedgerOperations):
    NAME = "loyalty"


def test_the_settings_come_before_the_books(books: Entity, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    kept(books)
    drafted(books, LOYALTY.replace("default = 5", "default = 6"))
    monkeypatch.setitem(sys.modules, "applications_of_the_catalogue", sys.modules[__name__])
    settings.LEDGERFLOW_APPLICATIONS = ["applications_of_the_catalogue.Loyalty"]
    assert application_named(books.id) is Loyalty
    one = a_person(PERMISSION)
    with pytest.raises(ApplicationOfSettings, match="'loyalty'"):
        APPLICATIONS.propose(books.id, "loyalty", 2, reason="x", person=one, via=one)


@pytest.mark.parametrize(
    "text, place, words",
    [
        (LOYALTY.replace("= 50}", "= -50}"), "/operations/0", "BIRTHDAY_GIFT: its amount, fixed -50, has the wrong sign"),
        (LOYALTY.replace("fixed = 50", 'fixed = "0.5"'), "/operations/0", "BIRTHDAY_GIFT: its amount, fixed"),
        (LOYALTY.replace('"COFFEE"', '"CREDIT_SPEND"').replace('"spend"', '"grant"'), "", "the base operation CREDIT_SPEND is a spend"),
        (LOYALTY.replace('"COFFEE"', '"BIRTHDAY_GIFT"'), "", "BIRTHDAY_GIFT is defined 2 times"),
        (LOYALTY.replace('"loyalty"', '"a b"'), "", "NAME is letters"),
        (SHOP.replace("[[templates]]", "[[template]]"), "", ""),
        (LOYALTY + 'template = "none"', "/operations/1", "COFFEE: there is no template 'none'"),
        (LOYALTY + 'parameters = {note = "a\\u0000b"}', "", "NUL"),
    ],
    ids=["sign", "precision", "direction", "twice", "name", "member", "template", "nul"],
)  # fmt: skip
def test_what_is_not_sound_is_not_drafted(books: Entity, tmp_path: Path, text: str, place: str, words: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    if words:
        with pytest.raises(OperationsRefused, match=words) as refused:
            drafted(books, text)
        assert place in refused.value.errors
    with pytest.raises(CommandError) as told:
        call_command("apply_applications", str(file), entity=books.code, stdout=StringIO())
    assert words.partition(" has the")[0] in str(told.value)
    assert place in str(told.value)
    assert not ApplicationVersion.objects.filter(entity=books).exists()


def test_what_does_not_fit_the_books_is_not_made_active(books: Entity) -> None:
    add_currency(books, code="POINT", name="Points", minor_units=0, is_money=False, actor="test")
    text = SHOP.replace('parameters = {note = "of \\"thanks\\""}', "")
    drafted(books, text)
    one = a_person(PERMISSION)
    with pytest.raises(OperationsRefused) as refused:
        APPLICATIONS.propose(books.id, "shop", 1, reason="x", person=one, via=one)
    assert refused.value.errors == {
        "/minor_units": "POINT has 0 decimals in these books, and 2 in the application.",
        "/templates/0": "The template tip has no active version in these books.",
    }


def test_files_are_applied_exported_and_applied_again(books: Entity, tmp_path: Path) -> None:
    file = tmp_path / "loyalty.toml"
    file.write_text(LOYALTY)
    person = a_user(PERMISSION)
    for expected in ("new, version 1", "same, version 1"):
        out = StringIO()
        call_command("apply_applications", str(file), entity=books.code, propose=person.username, stdout=out)
        proposed = ["loyalty: proposed, version 1"] if "new" in expected else []
        assert out.getvalue().splitlines() == [f"loyalty: {expected}", *proposed]
    proposal = Proposal.objects.get(entity=books)
    other = a_person(PERMISSION)
    assert decide(books.id, proposal.id, "approved", person=other, via=other).failure is None
    shop = SHOP.replace("[[templates]]\n", "").replace('code = "tip"\nparameters = ["owner", "amount"]\n', "")
    drafted(books, shop.replace('template = "tip"\n', "").replace('parameters = {note = "of \\"thanks\\""}', ""))
    exported = tmp_path / "all.toml"
    call_command("export_applications", entity=books.code, drafts=True, output=exported, stderr=StringIO())
    found = read_applications(exported.read_text())
    assert list(found) == ["loyalty", "shop"]
    assert found["loyalty"] == converted(read_toml(LOYALTY))
    out = StringIO()
    call_command("export_applications", entity=books.code, stdout=out)
    assert list(read_applications(out.getvalue())) == ["loyalty"]
    exported.write_text(exported.read_text().replace("most = 20", "most = 30"))
    call_command("apply_applications", str(exported), entity=an_entity().code, stdout=StringIO())
    out = StringIO()
    call_command("apply_applications", str(exported), entity=books.code, stdout=out)
    assert out.getvalue().splitlines() == ["loyalty: changed, version 2", "shop: same, version 1"]


def test_a_file_is_written_as_it_is_read() -> None:
    shop = converted(read_toml(SHOP))
    assert converted(read_toml(write_application(shop))) == shop


@pytest.mark.parametrize(
    "text, words",
    [
        ("applications = 1", "tables"),
        ("[[applications]]\nname = 'a'\n[[applications]]\nname = 'a'", "two applications"),
        ("name = 'a'\nx = = 2", "line 2"),
        ("[[applications]]\nname = 1", "Expected `str`"),
        (f"name = {'9' * 5000}", "no application"),
    ],
    ids=["tables", "twice", "syntax", "type", "digits"],
)
def test_a_file_that_is_none_is_refused(books: Entity, tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(CommandError, match=words):
        call_command("apply_applications", str(file), entity=books.code, stdout=StringIO())


def test_trying_out_shows_what_would_happen_and_leaves_nothing(books: Entity) -> None:
    kept(books)
    before = Event.objects.filter(entity=books).count()
    gift = asked(books, "BIRTHDAY_GIFT")
    tried = try_out(books.id, gift, EVERYTHING)
    assert [(line.account, line.debit, line.credit, line.after) for line in tried.lines] == [
        ("credits_issued:CREDIT", "50", "", "-50"), ("wallet:CREDIT:ann", "", "50", "50"),
    ]  # fmt: skip
    (lot,) = tried.lots
    assert (lot.name, lot.action, lot.remaining, lot.origin) == ("wallet:CREDIT:ann 1", "granted", "50", "promotional")
    assert not Journal.objects.filter(entity=books).exists()
    assert not Turn.objects.filter(entity=books).exists()
    with pytest.raises(InsufficientFunds):
        try_out(books.id, asked(books, "COFFEE"), EVERYTHING)
    run_operation(books.id, gift, EVERYTHING)
    assert try_out(books.id, gift, EVERYTHING).is_done
    with pytest.raises(AlreadyGranted):
        try_out(books.id, asked(books, "BIRTHDAY_GIFT"), EVERYTHING)
    (lot,) = try_out(books.id, asked(books, "COFFEE"), EVERYTHING).lots
    assert (lot.action, lot.amount, lot.remaining) == ("spent", "5", "45")
    assert Event.objects.filter(entity=books, type="credits.turn_taken").count() == 1
    assert Event.objects.filter(entity=books).count() > before
    assert verify_books(books.id) == []
