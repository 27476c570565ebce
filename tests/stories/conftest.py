from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection


@pytest.fixture(scope="module", autouse=True)
def _told_by_declared_facts(_database: None) -> Iterator[None]:
    """Whatever a story made happen is a fact that a room declares."""
    from ledgerflow.core.plugins import registry

    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT type FROM books_event WHERE type NOT LIKE 'test.%'")
        assert {type_ for (type_,) in cursor.fetchall()} <= registry.events.keys()
