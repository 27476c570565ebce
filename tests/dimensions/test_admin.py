"""The admin pages of dimensions."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.dimensions.models import AccountDimensions, Dimension, DimensionValue
from ledgerflow.books.models import Entity
from tests.dimensions.branches import branches
from tests.pages import column, page_of, read, send

VALUES, LISTS, REQUIRED = (f"/admin/dimensions/{one}/" for one in ("dimensionvalue", "dimension", "accountdimensions"))


@pytest.fixture
def books() -> Entity:
    return branches(name="Branches")


def value(books: Entity, code: str) -> DimensionValue:
    return DimensionValue.objects.get(entity=books, code=code)


def test_values_are_declared_changed_closed_and_opened_again(operator: Client, books: Entity) -> None:
    add = f"{VALUES}add/?entity={books.code}"
    assert "has a value" in send(operator, add, dimension="cost_centre", code="NORTH", name="North")
    send(operator, add, dimension="party", code="ACME", name="Acme", country="DE", payment_terms_days="30")
    assert column(operator, VALUES, "code", entity=books.code) == ["EAST", "NORTH", "OSLO", "SOUTH", "WEST", "ACME"]
    assert column(operator, VALUES, "code", q="acm") == ["ACME"]
    row = value(books, "ACME")
    assert "Payment terms 30 days" in read(operator, page_of(row))
    page = page_of(row).removesuffix("change/")
    assert "ACME is changed." in send(operator, f"{page}edit/", name="Acme Ltd", party_kind="supplier")
    assert send(operator, f"{page}edit/").count("ACME is changed.") == 0
    assert "ACME is closed" in send(operator, f"{page}close/", reason="gone")
    assert (value(books, "ACME").closed, value(books, "ACME").name) == (True, "Acme Ltd")
    assert "ACME is open again." in send(operator, f"{page}reopen/")


def test_lists_and_requirements_are_set(operator: Client, books: Entity) -> None:
    assert column(operator, LISTS, "values", entity=books.code) == ["declared"]
    send(operator, f"{LISTS}add/?entity={books.code}", dimension="cost_centre", values="any")
    row = Dimension.objects.get(entity=books)
    assert (row.is_list, "Values any" in read(operator, page_of(row))) == (False, True)
    add = f"{REQUIRED}add/?entity={books.code}"
    assert "no dimension" in send(operator, add, account="TRAVEL", required="colour")
    send(operator, add, account="TRAVEL", required="project, cost_centre")
    assert column(operator, REQUIRED, "names", entity=books.code) == ["cost_centre, project"]
    assert "TRAVEL" in read(operator, page_of(AccountDimensions.objects.get(entity=books)))
