"""Logs with checkpoints, and what somebody does who is above the guards and knows how events are hashed."""

from __future__ import annotations

import json
from pathlib import Path
from runpy import run_path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection

from journals.models import Journal
from journals.posting import post_many
from ledgerflow.books.eventlog import GENESIS, EventRow, chain_hash
from ledgerflow.books.models import Entity, Event
from ledgerflow.events.checkpoints.merkle import Frontier, Node
from ledgerflow.events.checkpoints.models import Checkpoint
from ledgerflow.events.checkpoints.tree import Tiles
from ledgerflow.events.checkpoints.use_cases import make_checkpoint
from tests.builders import a_transfer, an_account, an_entity, unguarded

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_proof.py"
EVENTS = """
    SELECT sequence, id, type, subject, data, actor, recorded_at FROM books_event WHERE entity_id = %s ORDER BY sequence
"""


def a_log(journals: int = 0) -> Entity:
    """Books of three events, and so many transfers."""
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "capital", "equity")
    grow(entity, journals)
    return entity


def grow(entity: Entity, journals: int = 1) -> None:
    """So many transfers more, each described by its number."""
    number = Journal.objects.filter(entity=entity).count()
    drafts = [
        a_transfer("cash", "capital", "1.00", key=uuid4().hex, description=f"Journal {one}")
        for one in range(number + 1, number + journals + 1)
    ]
    assert {answer.status for answer in post_many(entity.id, drafts)} <= {"posted"}


def a_checkpoint(entity: Entity, journals: int = 0) -> Checkpoint:
    """A checkpoint after so many journals more."""
    grow(entity, journals)
    return make_checkpoint(entity.id)


def hashes_of(entity: Entity) -> list[bytes]:
    """The hash of each event, in order."""
    return [bytes(one) for one in entity.events.order_by("sequence").values_list("hash", flat=True)]


def copy_of(entity: Entity, size: int) -> Path:
    """The file of a checkpoint outside the database."""
    return Path(settings.LEDGERFLOW_CHECKPOINT_FOLDER) / entity.code / f"{size}.txt"


def of_copies(logs: list[Any]) -> list[Any]:
    """What was logged of checkpoints and their copies; other threads may have had something to say, too."""
    return [entry for entry in logs if entry["event"].startswith("checkpoint")]


def event_of(entity: Entity, journal: int) -> Event:
    """The event of a journal, by its number."""
    sequence = Journal.objects.get(entity=entity, number=journal).event_sequence
    return Event.objects.get(entity=entity, sequence=sequence)


def rewrite(entity: Entity, journal: int, description: str) -> None:
    """Give a journal another description: in its row, in its event, and in the hash of every event from there on."""
    old = f"Journal {journal}"
    sequence = event_of(entity, journal).sequence
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE journals_journal SET description = %s WHERE entity_id = %s AND number = %s",
            [description, entity.id, journal],
        )
        cursor.execute(EVENTS, [entity.id])
        head = GENESIS
        for number, id_, type_, subject, data, actor, moment in cursor.fetchall():
            if number == sequence:
                assert f'"{old}"' in data
                data = data.replace(f'"{old}"', json.dumps(description))  # noqa: PLW2901
            text = moment.isoformat(timespec="microseconds")
            head = chain_hash(head, EventRow(entity.id, number, id_, type_, subject, data, actor, text))
            cursor.execute(
                "UPDATE books_event SET data = %s, hash = %s WHERE entity_id = %s AND sequence = %s",
                [data, head, entity.id, number],
            )


def forget(entity: Entity, after: int = 0) -> None:
    """Take all checkpoints of more than `after` events out of the database, as if they had never been made."""
    number = Checkpoint.objects.filter(entity=entity, size__lte=after).count()
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM checkpoints_checkpoint WHERE entity_id = %s AND size > %s", [entity.id, after])
        cursor.execute(
            "DELETE FROM checkpoints_tile WHERE entity_id = %s AND (level = 0 AND first >= %s OR level > 0)",
            [entity.id, after],
        )
        cursor.execute("UPDATE checkpoints_copyposition SET number = %s WHERE entity_id = %s", [number, entity.id])


def forge_tiles(entity: Entity) -> None:
    """Keep the hashes of the log as it is now, in the place of those that its checkpoints kept."""
    sizes = list(Checkpoint.objects.filter(entity=entity).order_by("size").values_list("size", flat=True))
    tree, tiles = Frontier(), Tiles()
    rows: list[tuple[int, int, bytes]] = []
    for hash_ in hashes_of(entity)[: sizes[-1]]:
        tiles.add(Node(0, tree.size), hash_)
        for node, made in tree.append(hash_):
            tiles.add(node, made)
        if tree.size in sizes:
            rows, tiles = [*rows, *tiles], Tiles()
    with unguarded(), connection.cursor() as cursor:
        for level, first, hashes in rows:
            cursor.execute(
                "UPDATE checkpoints_tile SET hashes = %s WHERE entity_id = %s AND level = %s AND first = %s",
                [hashes, entity.id, level, first],
            )


def cut_off(entity: Entity, after: int) -> None:
    """Take all events after `after` out of the books, with their journals of 1.00 each, and set the balances right."""
    kept = Journal.objects.filter(entity=entity, event_sequence__lte=after).count()
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM journals_posting WHERE entity_id = %s AND event_sequence > %s", [entity.id, after])
        for table in ("journals_journal", "books_idempotencykey"):
            cursor.execute(f"DELETE FROM {table} WHERE entity_id = %s AND event_sequence > %s", [entity.id, after])
        cursor.execute("DELETE FROM books_event WHERE entity_id = %s AND sequence > %s", [entity.id, after])
        for table, count in (("accounts_balance", "version"), ("journals_daytotal", "count")):
            cursor.execute(
                f"""UPDATE {table} SET {count} = %(kept)s, debits = least(debits, %(kept)s),
                           credits = least(credits, %(kept)s)
                    WHERE account_id IN (SELECT id FROM accounts_account WHERE entity_id = %(entity)s)""",
                {"kept": kept, "entity": entity.id},
            )


def is_proven(proof: dict[str, Any], verifier_key: str) -> bool:
    """Whether the script takes it for one."""
    try:
        run_path(str(SCRIPT))["proven"](proof, verifier_key)
    except Exception:  # noqa: BLE001 - as the script itself does
        return False
    return True
