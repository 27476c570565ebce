"""API keys: no plain SQL changes what a key opens, nor brings one back, nor takes one away."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from ledgerflow.access.keys import create_key, revoke_key
from tests.attacks import connect
from tests.builders import an_entity

pytestmark = pytest.mark.every_server

EXPIRY = datetime(2090, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("change, constraint", [
    ("entity_id = (SELECT id FROM books_entity WHERE id <> entity_id LIMIT 1)", "api_key_identity_is_fixed"),
    ("scopes = '[\"manage\"]'", "api_key_identity_is_fixed"),
    ("digest = 'other'", "api_key_identity_is_fixed"),
    ("person = 'user:1'", "api_key_identity_is_fixed"),
    ("application = 'other'", "api_key_identity_is_fixed"),
    ("expires_at = NULL", "api_key_identity_is_fixed"),
    ("revoked_at = NULL", "api_key_stays_revoked"),
    (None, "api_key_is_kept"),
])  # fmt: skip
def test_plain_sql_cannot_change_what_a_key_opens(change: str | None, constraint: str) -> None:
    key, _ = create_key(an_entity(), "till", ["read"], EXPIRY)
    revoke_key(key)
    an_entity()
    statement = f"UPDATE access_apikey SET {change}" if change else "DELETE FROM access_apikey"
    with connect() as connection, pytest.raises(psycopg.Error) as refusal:
        connection.execute(f"{statement} WHERE id = %s", (key.pk,))
    assert refusal.value.diag.constraint_name == constraint
