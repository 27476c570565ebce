"""Versions of templates: drafted once, activated by two people with examples that come out, retired."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.changing import change_account
from apps.operations.definitions import convert, encode
from apps.operations.errors import (
    ExampleFailed,
    TemplateNotFound,
    VersionActive,
    VersionNotActive,
    VersionNotFound,
)
from apps.operations.files import read_templates
from apps.operations.models import TemplateVersion
from apps.operations.versions import PERMISSION as ACTIVATE
from apps.operations.versions import (
    active_version,
    carry_out,
    draft_version,
    is_done,
    propose_activation,
    retire,
    version_in,
    versions_of,
)
from journals.proof.ledger import verify_books
from ledgerflow.approvals.errors import ApprovalNeedsAnotherPerson
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.use_cases import ApprovedBy, decide
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import PermissionMissing
from tests.approving import a_person
from tests.people import a_user
from tests.templates.templating import ROLES, TEXTBOOK, activate, activated, books_with_roles, textbook, top_up


@pytest.fixture
def books() -> Entity:
    return books_with_roles(["bank"])


def statuses(entity: Entity) -> list[tuple[int, str]]:
    return [(row.number, getattr(row, "status")) for row in versions_of(entity.id).order_by("number")]  # noqa: B009


def draft(entity: Entity, **given: Any) -> TemplateVersion:
    return draft_version(entity.id, "top-up", convert(top_up(**given)), actor="test").version


def types_of(entity: Entity) -> list[str]:
    rows = Event.objects.filter(entity=entity, type__startswith="template.").order_by("sequence")
    return [kind.removeprefix("template.") for kind in rows.values_list("type", flat=True)]


def test_a_version_goes_from_draft_to_active_to_retired(books: Entity) -> None:
    first = draft(books)
    assert (first.number, statuses(books), active_version(books.id, "top-up")) == (1, [(1, "draft")], None)
    assert draft_version(books.id, "top-up", convert(top_up()), actor="test").status == "same"
    activate(first)
    second = draft(books, description="Paid in by {customer}")
    assert statuses(books) == [(1, "active"), (2, "draft")]
    activate(second)
    assert statuses(books) == [(1, "retired"), (2, "active")]
    activate(first)  # back to what was good
    assert statuses(books) == [(1, "active"), (2, "retired")]
    retire(books.id, "top-up", 1, actor="test")
    assert (statuses(books), active_version(books.id, "top-up")) == ([(1, "retired"), (2, "retired")], None)
    with pytest.raises(VersionNotActive):
        retire(books.id, "top-up", 1, actor="test")
    assert types_of(books) == [
        "drafted", "activated", "drafted", "retired", "activated", "retired", "activated", "retired",
    ]  # fmt: skip
    assert version_in(books.id, "top-up", 2).definition == encode(convert(top_up(description="Paid in by {customer}")))
    assert verify_books(books.id) == []


def test_activating_takes_two_people_and_shows_the_difference(books: Entity) -> None:
    activate(draft(books))
    lines = top_up()["lines"]
    second = draft(books, lines=[lines[0], lines[1] | {"amount": "amount + 0"}])
    one = a_person(ACTIVATE)
    other = a_person()
    with pytest.raises(PermissionMissing):
        propose_activation(books.id, "top-up", 2, reason="x", person=other, via=other)
    proposal = propose_activation(books.id, "top-up", 2, reason="x", person=one, via=one)
    content = proposal.content
    assert (content["replaces"], content["digest"], content["more_differences"]) == (1, second.digest, 0)
    assert content["differences"] == [{"at": "/lines/1/amount", "before": "amount", "after": "amount + 0"}]
    with pytest.raises(ApprovalNeedsAnotherPerson):
        decide(books.id, proposal.id, "approved", person=one, via=one)
    assert statuses(books) == [(1, "active"), (2, "draft")]
    assert not is_done(proposal)
    with pytest.raises(VersionActive):
        propose_activation(books.id, "top-up", 1, reason="x", person=one, via=one)
    for code, number, refusal in (
        ("none", 1, TemplateNotFound),
        ("top-up", 3, VersionNotFound),
        ("top-up", -1, VersionNotFound),
    ):
        with pytest.raises(refusal):
            propose_activation(books.id, code, number, reason="x", person=one, via=one)


def test_an_approval_is_carried_out_once_and_not_where_the_books_no_longer_have_what_it_needs(books: Entity) -> None:
    version = draft(books)
    one, other = a_person(ACTIVATE), a_person(ACTIVATE)
    proposal = propose_activation(books.id, "top-up", 1, reason="x", person=one, via=one)
    change_account(books.id, "bank", {"role": "till"}, actor="test")
    outcome = decide(books.id, proposal.id, "approved", person=other, via=other)
    assert isinstance(outcome.failure, ExampleFailed)
    assert (outcome.failure.data["cause"], statuses(books)) == ("role_unresolved", [(1, "draft")])
    change_account(books.id, "bank", {"role": "bank"}, actor="test")
    decided = Proposal.objects.get(pk=proposal.pk)
    approved = ApprovedBy(other, "", decided.decision.decided_at, other)
    carry_out(decided, approved)
    carry_out(decided, approved)  # killed before it could tell: the step is there already
    assert is_done(decided)
    assert types_of(books) == ["drafted", "activated"]
    assert version.digest == version_in(books.id, "top-up", 1).digest


@pytest.mark.parametrize(
    "given, cause",
    [
        ({"examples": [{"parameters": {"amount": "5"}, "lines": []}]}, "parameter_refused"),
        (
            {
                "examples": [
                    {"parameters": {"amount": "5", "customer": "x"}, "lines": [{"side": "debit", "amount": "4"}] * 2}
                ]
            },
            "amount",
        ),
    ],
)
def test_no_version_is_activated_whose_examples_do_not_come_out(
    books: Entity, given: dict[str, Any], cause: str
) -> None:
    draft(books, **given)
    one = a_person(ACTIVATE)
    with pytest.raises(ExampleFailed, match="example 1: ") as failed:
        propose_activation(books.id, "top-up", 1, reason="x", person=one, via=one)
    assert failed.value.data["cause"] == cause


def test_the_textbook_is_applied_proposed_exported_and_applied_again(tmp_path: Path) -> None:
    books, other = books_with_roles(), books_with_roles()
    person = a_user(ACTIVATE)
    codes = list(read_templates(TEXTBOOK.read_text()))
    for expected in ("new, version 1", "same, version 1"):
        out = StringIO()
        call_command("apply_templates", str(TEXTBOOK), entity=books.code, propose=person.username, stdout=out)
        said = out.getvalue().splitlines()
        assert [line for line in said if "proposed" not in line] == [f"{code}: {expected}" for code in codes]
        assert len([line for line in said if "proposed" in line]) == (len(codes) if "new" in expected else 0)
    approver = a_person(ACTIVATE)
    for proposal in Proposal.objects.filter(entity=books):
        assert decide(books.id, proposal.id, "approved", person=approver, via=approver).failure is None
    file = tmp_path / "templates.toml"
    call_command("export_templates", entity=books.code, output=file, stderr=StringIO())
    assert read_templates(file.read_text()) == {code: textbook(code) for code in sorted(codes)}
    call_command("apply_templates", str(file), entity=other.code, stdout=StringIO())
    out = StringIO()
    call_command("export_templates", entity=other.code, stdout=out)
    assert out.getvalue() == ""
    call_command("export_templates", entity=other.code, drafts=True, stdout=out)
    assert out.getvalue() == file.read_text()
    changed = tmp_path / "changed.toml"
    changed.write_text(file.read_text().replace("Card sale with fee", "Card sale"))
    call_command("apply_templates", str(changed), entity=other.code, stdout=out)
    assert {line.partition(", ")[0] for line in out.getvalue().splitlines() if ", version" in line} == {
        f"{code}: {'changed' if code == 'card-sale' else 'same'}" for code in codes
    }
    assert verify_books(books.id) == []


@pytest.mark.parametrize(
    "text, words",
    [
        ("templates = 1", "tables"),
        ("[[templates]]\nname = 'x'", "a code of its own"),
        ("x =", "no file of templates"),
        ("[[templates]]\ncode = 'x'\nname = 'x'", "missing required field"),
        (TEXTBOOK.read_text().replace('kind = "percent"', 'kind = "text"', 1), "card-sale/lines/1/amount"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_drafts_nothing(books: Entity, tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(CommandError, match=words):
        call_command("apply_templates", str(file), entity=books.code, stdout=StringIO())
    for given in ({"file": str(tmp_path / "none"), "entity": books.code}, {"file": str(TEXTBOOK), "entity": "nobody"}):
        with pytest.raises(CommandError):
            call_command("apply_templates", given["file"], entity=given["entity"], stdout=StringIO())
    assert not TemplateVersion.objects.filter(entity=books).exists()


def test_the_roles_of_the_textbook_are_those_that_are_documented() -> None:
    named = {line.role for definition in read_templates(TEXTBOOK.read_text()).values() for line in definition.lines}
    assert named - {"payable"} == set(ROLES)
    assert activated(books_with_roles(["bank"]), "top-up", top_up()).number == 1
