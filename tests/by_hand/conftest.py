"""Books to post to by hand, and who does."""

from __future__ import annotations

import pytest
from django.test import Client

from ledgerflow.books.models import Entity
from tests.builders import an_account, an_entity
from tests.people import a_member_of_staff


@pytest.fixture
def hall() -> Entity:
    """Books of a small company, with a limit on its cash and a dimension."""
    entity = an_entity(name="Hall & Söhne", dimensions=["cost_centre"])
    an_account(entity, "1000", name="Cash", min_balance="0")
    an_account(entity, "1400", name="Input VAT 19 %")
    an_account(entity, "3300", "liability", name="Payables to suppliers")
    an_account(entity, "6310", "expense", name="Rent")
    an_account(entity, "6320", "expense", name="Rent of machines")
    return entity


@pytest.fixture
def clerk() -> Client:
    """Somebody who may post and look, and no more."""
    return a_member_of_staff("journals.add_journal", "journals.view_journal", "accounts.view_account")
