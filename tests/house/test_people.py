"""Who did something: one length everywhere, and a person is his id in every room, whatever he is called."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import CharField

from ledgerflow.approvals.errors import ApprovalNeedsAnotherPerson
from ledgerflow.approvals.use_cases import decide, propose
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.plugins import registry
from ledgerflow.core.texts import MAX_ACTOR
from tests.approving import a_person, user_of
from tests.builders import an_entity
from tests.people import an_operator, logged_in, person_behind

OF_SOMEBODY = re.compile(r"actor|person|\w+_(by|via)|(person|\w+_by)_name")
LONGEST = 150  # Django's own limit of a user name


@pytest.fixture(scope="module")
def books() -> Entity:
    return an_entity()


def rename(person: str) -> str:
    """Another name, as long as it may be."""
    name = uuid4().hex.ljust(LONGEST, "x")
    User.objects.filter(pk=person.removeprefix("user:")).update(username=name)
    return name


def kinds() -> list[str]:
    return sorted(registry.proposal_kinds)


def test_actors_and_names_have_one_length_in_all_tables() -> None:
    found = {
        f"{model._meta.label}.{field.name}": field.max_length
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, CharField) and OF_SOMEBODY.fullmatch(field.name)
    }
    assert len(found) > 20
    assert {name: length for name, length in found.items() if length != MAX_ACTOR} == {}
    assert LONGEST + len("user:") <= MAX_ACTOR


@pytest.mark.parametrize("kind", kinds())
def test_whoever_is_renamed_approves_no_proposal_of_his_own(books: Entity, kind: str) -> None:
    ann = a_person(registry.proposal_kinds[kind].permission)
    proposal = propose(books.id, kind=kind, subject=uuid4().hex, payload={}, reason="x", person=ann, via=ann)
    rename(ann)
    for decision in ("approved", "rejected"):
        with pytest.raises(ApprovalNeedsAnotherPerson):
            decide(books.id, proposal.id, decision, person=ann, via=ann)
    shown = logged_in(user_of(ann)).post(f"/admin/approvals/proposal/{proposal.id}/approve/", {"note": ""})
    assert "takes another person" in shown.content.decode()
    assert decide(books.id, proposal.id, "withdrawn", person=ann, via=ann).proposal.proposed_by == ann


def test_the_admin_names_the_person_and_shows_what_he_is_called(books: Entity) -> None:
    operator = an_operator()
    ann = person_behind(operator)
    said = {"code": f"c{uuid4().hex[:8]}", "name": "Crown", "minor_units": "2"}
    operator.get("/admin/", {"entity": books.code})
    for _ in range(2):
        name = rename(ann)
        added = operator.post("/admin/accounts/currency/add/", said | {"code": uuid4().hex[:8].upper().rjust(9, "X")})
        assert added.status_code == 302, added.content.decode()
        assert Event.objects.filter(entity=books).latest("sequence").actor == ann
        assert f"{name} ({ann})" in operator.get(f"/admin/books/entity/{books.pk}/change/").content.decode()
