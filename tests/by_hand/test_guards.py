"""Drafts, and uses of accounts, have one row each, in books that are there."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from journals.by_hand.keeping import keep
from journals.by_hand.keeping_files import files_of, keep_files
from journals.by_hand.sheets import Sheet
from tests.attachments.filing import a_file
from tests.attacks import connect, refused_by
from tests.builders import TODAY, an_account, an_entity

INSERT = """
    INSERT INTO by_hand_journaldraft (id, entity_id, person, title, content, revision, changed_at)
    VALUES (%(id)s, %(entity)s, 'user:1', '', '{}', 1, %(moment)s)
"""

COUNT = "INSERT INTO by_hand_accountuse (entity_id, person, account_id, times) VALUES (%(entity)s, 'user:1', %(account)s, 1)"


@pytest.mark.parametrize(
    "changes, constraint",
    [({}, "by_hand_journaldraft_pkey"),
     ({"id": UUID(int=1), "entity": UUID(int=1)}, "by_hand_journaldraft_entity_id_4b9a3512_fk_books_entity_id")],
    ids=["twice", "nowhere"],
)  # fmt: skip
def test_keys(changes: dict[str, Any], constraint: str) -> None:
    entity, draft = an_entity(), uuid4()
    keep(entity.id, "user:1", draft, 0, Sheet(description="Rent"))
    with connect() as connection, refused_by(constraint):
        connection.execute(INSERT, {"id": draft, "entity": entity.id, "moment": TODAY} | changes)
        connection.commit()


INSERT_FILE = """
    INSERT INTO by_hand_draftfile (id, draft_id, sha256, name, content_type, size)
    SELECT %s, %s, sha256, name, content_type, size FROM by_hand_draftfile WHERE id = %s
"""


def test_keys_of_files() -> None:
    entity, kept = an_entity(), uuid4()
    keep(entity.id, "user:1", kept, 0, Sheet(description="Rent"))
    keep_files(entity.id, "user:1", kept, [a_file()])
    (row,) = files_of(entity.id, "user:1", kept)
    for id_, draft, constraint in (
        (row.pk, uuid4(), "by_hand_draftfile_pkey"), (uuid4(), kept, "draft_file_once"),
        (uuid4(), uuid4(), "by_hand_draftfile_draft_id_0e8227aa_fk_by_hand_journaldraft_id"),
    ):  # fmt: skip
        with connect() as connection, refused_by(constraint):
            connection.execute(INSERT_FILE, (id_, draft, row.pk))
            connection.commit()


@pytest.mark.parametrize(
    "changes, constraint",
    [({}, "by_hand_accountuse_pkey"),
     ({"entity": UUID(int=1)}, "by_hand_accountuse_entity_id_d23a6bda_fk_books_entity_id"),
     ({"account": UUID(int=1)}, "by_hand_accountuse_account_id_1ccf4479_fk_accounts_account_id")],
    ids=["twice", "nowhere", "of_nothing"],
)  # fmt: skip
def test_keys_of_uses(changes: dict[str, Any], constraint: str) -> None:
    entity = an_entity()
    account = an_account(entity, "1000")
    with connect() as connection, refused_by(constraint):
        connection.execute(COUNT, {"entity": entity.id, "account": account.id})
        connection.execute(COUNT, {"entity": entity.id, "account": account.id} | changes)
        connection.commit()
