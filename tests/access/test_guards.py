"""API keys: no plain SQL changes what a key opens, nor brings one back, nor takes one away."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from django.contrib.auth.models import Group

from ledgerflow.access.keys import create_key, revoke_key
from ledgerflow.access.members.use_cases import give_role
from tests.attacks import connect, refused_by
from tests.builders import an_entity
from tests.people import a_user

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


MEMBERSHIP = (
    "INSERT INTO ledger_roles_membershipstep (id, user_id, group_id, entity_id, number, is_given, made_at, made_by, reason)"
    " SELECT {id}, {user}, {group}, {entity}, number, is_given, made_at, made_by, reason FROM ledger_roles_membershipstep"
    " WHERE id = %s"
)


@pytest.mark.parametrize("changed, constraint", [
    ({}, "membership_step_once"),
    ({"id": "id"}, "ledger_roles_membershipstep_pkey"),
    ({"user": "2000000000"}, "ledger_roles_membershipstep_user_id_d858c59e_fk_auth_user_id"),
    ({"group": "2000000000"}, "ledger_roles_membershipstep_group_id_40ecda40_fk_auth_group_id"),
    ({"entity": "gen_random_uuid()"}, "ledger_roles_members_entity_id_bb56fc55_fk_books_ent"),
])  # fmt: skip
def test_a_step_of_a_role_is_there_once_and_of_people_and_books_that_are(
    changed: dict[str, str], constraint: str
) -> None:
    step = give_role(a_user(is_superuser=True), a_user(), Group.objects.get(name="Ledger viewer"), None)
    columns = {"id": "id + 1000000", "user": "user_id", "group": "group_id", "entity": "entity_id"} | changed
    with connect() as connection, refused_by(constraint):
        connection.execute(MEMBERSHIP.format(**columns), [step.pk])
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
