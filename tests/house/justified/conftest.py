"""Books of one test alone, attacked by the application's role with its grants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from ledgerflow.books.entities import advance_business_date
from tests.attacks import TODAY, Attack, Books

SignIn = Callable[..., psycopg.Connection[Any]]


@pytest.fixture
def own() -> Books:
    """Books of one test alone, whose business date is ahead."""
    books = Books()
    advance_business_date(books.entity, TODAY + timedelta(days=3), actor="t")
    return books


@pytest.fixture
def attack(own: Books, sign_in: SignIn) -> Attack:
    attack = Attack(sign_in(), own)
    attack.catch_up()
    return attack
