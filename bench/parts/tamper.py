"""Whatever a superuser does to a single row is found: `python -m bench.parts.tamper`; `--seed` makes the same again.

One flipped byte, one deleted row, one inserted row, two swapped rows: at random places among the events, postings and
balances of books that have thousands of each, with triggers off. `verify_ledger` has to name the row each time. Beside
that a byte is flipped in every row of a table at once, and each of them has to be named.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import django
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

Connection = psycopg.Connection[Any]
Named = tuple[str, ...]  # what a fault has to have for its key, or in what it says
EVENTS, POSTINGS, BALANCES = "books_event", "journals_posting", "accounts_balance"
KEYS = {EVENTS: ("entity_id", "sequence"), POSTINGS: ("journal_id", "line"), BALANCES: ("account_id",)}
# Where the rows of some books are.
ROWS = {
    EVENTS: "SELECT entity_id, sequence FROM books_event WHERE entity_id = %s ORDER BY sequence",
    POSTINGS: "SELECT journal_id, line FROM journals_posting WHERE entity_id = %s ORDER BY event_sequence, line",
    BALANCES: """SELECT b.account_id FROM accounts_balance b JOIN accounts_account a ON a.id = b.account_id
                 WHERE a.entity_id = %s ORDER BY a.code""",
}
COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""
# A column of each table that nothing else hangs on: whoever flips it in all rows leaves them all readable.
IN_EVERY_ROW = {
    EVENTS: ("hash", "set_byte(hash, 7, get_byte(hash, 7) # 1)"),
    POSTINGS: ("amount", "amount + sign(amount)"),
    BALANCES: ("debits", "debits + 1"),
}
MOST_FAULTS = 20
AWAY = 10**12  # beyond every number there is


class Row(NamedTuple):
    """A row by its key."""

    table: str
    key: tuple[Any, ...]

    @property
    def where(self) -> sql.Composed:
        parts = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in KEYS[self.table]]
        return sql.SQL(" AND ").join(parts)


class Tamperer:
    """Books, and a connection on which no trigger fires. All that is done to them is taken back."""

    def __init__(self, connection: Connection, entity_id: UUID, chance: random.Random) -> None:
        self.connection = connection
        self.chance = chance
        self._entity_id = entity_id
        connection.execute("SET session_replication_role = replica")
        self.columns = {table: [name for (name,) in connection.execute(COLUMNS, (table,))] for table in KEYS}
        self.rows = {
            table: [Row(table, key) for key in connection.execute(query.encode(), (entity_id,))]
            for table, query in ROWS.items()
        }
        code = "SELECT id, code FROM accounts_account WHERE entity_id = %s"
        self._codes = dict(connection.execute(code, (entity_id,)).fetchall())

    def flip(self, row: Row) -> Named:
        """One bit, digit or character of one column, the first that no constraint refuses."""
        while True:
            name = self.chance.choice([one for one in self.columns[row.table] if one != "sequence"])
            value = self._value(row, name)
            other = flipped(value, self.chance)
            if other is not None and self._is_written(row, name, other):
                return self.named(row)

    def delete(self, row: Row) -> Named:
        self._run("DELETE FROM {} WHERE {}", row)
        return self.named(row)

    def insert(self, row: Row) -> Named:
        """A copy of the row at its place. What comes after an event moves on by one."""
        if row.table == EVENTS:
            # Away and back, so that no two have the same number on the way.
            for step, after in ((AWAY, row.key[1]), (1 - AWAY, AWAY)):
                move = "UPDATE books_event SET sequence = sequence + %s WHERE entity_id = %s AND sequence > %s"
                self.connection.execute(move, (step, self._entity_id, after))
            self._copy(row, {"sequence": "sequence + 1", "id": "gen_random_uuid()"})
            return self.named(Row(EVENTS, (self._entity_id, row.key[1] + 1)))
        if row.table == POSTINGS:
            self._copy(row, {"line": "line + 100", "account_version": "account_version + 1000000"})
            return (f"{row.key[0]}/{row.key[1] + 100}",)
        stranger = uuid4()
        self._copy(row, {"account_id": f"'{stranger}'"})
        return (str(stranger),)

    def swap(self, row: Row) -> Named:
        """What stands in one row and in another one: everything but their keys."""
        names = [name for name in self.columns[row.table] if name not in KEYS[row.table]]
        values = self._values(row, names)
        other, others = row, values
        while others == values:
            other = self.chance.choice(self.rows[row.table])
            others = self._values(other, names)
        if "account_version" in names:  # which is unique on its account, so that it has to be out of the way first
            for number, one in enumerate((row, other)):
                self._write(one, ["account_version"], [AWAY + number])
        self._write(row, names, others)
        self._write(other, names, values)
        return self.named(row) + self.named(other)

    def flip_every(self, table: str) -> list[Named]:
        """In all rows at once, in a column that nothing else hangs on; what each fault has to name."""
        name, other = IN_EVERY_ROW[table]
        keys = sql.SQL(", ").join(map(sql.Identifier, KEYS[table]))
        statement = sql.SQL("UPDATE {} SET {} = {} WHERE ({}) IN ({})").format(
            sql.Identifier(table),
            sql.Identifier(name),
            sql.SQL(other),
            keys,
            sql.SQL(ROWS[table]),
        )
        self.connection.execute(statement, (self._entity_id,))
        return [self.named(row) for row in self.rows[table]]

    def named(self, row: Row) -> Named:
        """What a fault of this row has for its key; one that is gone is named by its number, before the next one."""
        if row.table == EVENTS:
            return str(row.key[1]), f"at least {row.key[1]}"
        if row.table == POSTINGS:
            return (f"{row.key[0]}/{row.key[1]}",)
        return (self._codes[row.key[0]],)

    def _value(self, row: Row, name: str) -> Any:
        return self._values(row, [name])[0]

    def _values(self, row: Row, names: Sequence[str]) -> tuple[Any, ...]:
        columns = sql.SQL(", ").join(map(sql.Identifier, names))
        query = sql.SQL("SELECT {} FROM {} WHERE {}").format(columns, sql.Identifier(row.table), row.where)
        found = self.connection.execute(query, row.key).fetchone()
        assert found is not None
        return tuple(found)

    def _is_written(self, row: Row, name: str, value: Any) -> bool:
        with suppress(psycopg.IntegrityError, psycopg.DataError), self.connection.transaction():
            self._write(row, [name], [value])
            return True
        return False

    def _write(self, row: Row, names: Sequence[str], values: Sequence[Any]) -> None:
        given = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in names)
        statement = sql.SQL("UPDATE {} SET {} WHERE {}").format(sql.Identifier(row.table), given, row.where)
        self.connection.execute(statement, (*map(_adapted, values), *row.key))

    def _copy(self, row: Row, changes: dict[str, str]) -> None:
        names = self.columns[row.table]
        values = sql.SQL(", ").join(sql.SQL(changes.get(name, f'"{name}"')) for name in names)
        columns, table = sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(row.table)
        self.connection.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} WHERE {}").format(table, columns, values, table, row.where),
            row.key,
        )

    def _run(self, statement: str, row: Row) -> None:
        self.connection.execute(sql.SQL(statement).format(sql.Identifier(row.table), row.where), row.key)


KINDS: dict[str, Callable[[Tamperer, Row], Named]] = {
    "one flipped byte": Tamperer.flip,
    "one deleted row": Tamperer.delete,
    "one inserted row": Tamperer.insert,
    "two swapped rows": Tamperer.swap,
}


def flipped(value: Any, chance: random.Random) -> Any:
    """Another value of the same type, one bit, digit or character away; None where there is nothing to flip."""
    bit = 1 << chance.randrange(6)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ bit
    if isinstance(value, UUID):
        return UUID(int=value.int ^ (1 << chance.randrange(128)))
    if isinstance(value, datetime):
        return value + timedelta(microseconds=bit)
    if isinstance(value, date):
        return value + timedelta(days=bit)
    if isinstance(value, bytes):
        at = chance.randrange(len(value))
        return value[:at] + bytes([value[at] ^ bit]) + value[at + 1 :]
    text = str(value) if isinstance(value, str | Decimal) else ""
    places = [at for at, one in enumerate(text) if isinstance(value, str) or one.isdigit()]
    if not places:
        return None
    at = chance.choice(places)
    other = chr(ord(text[at]) ^ 1)  # another letter, or the digit beside it
    return type(value)(f"{text[:at]}{other}{text[at + 1 :]}")


def _adapted(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value


def find(tamperer: Tamperer, entity_id: UUID, most: int = MOST_FAULTS) -> list[Any]:
    """What `verify_ledger` says, up to `most` faults; rows that are in no books at the end."""
    from journals.proof.ledger import verify_in  # noqa: PLC0415 - when Django is set up
    from journals.proof.orphans import find_orphans  # noqa: PLC0415
    from ledgerflow.books.models import Entity  # noqa: PLC0415
    from ledgerflow.events.checkpoints.proof import own_copies  # noqa: PLC0415

    copies = own_copies(Entity.objects.values_list("code", flat=True).get(id=entity_id))
    found: list[Any] = verify_in(tamperer.connection, entity_id, max_faults=most, copies=copies).faults
    return found or list(find_orphans(tamperer.connection))


def is_named(faults: Sequence[Any], table: str, named: Named) -> bool:
    """Whether one of the faults is of this table, and has one of these for its key or for what should be there."""
    return any(
        fault.table == table and any(one == fault.key or one == fault.expected.partition(",")[0] for one in named)
        for fault in faults
    )


def missed(tamperer: Tamperer, entity_id: UUID, positions: int) -> Iterator[str]:
    """Each kind of change at so many places of each table; what of it is not found, or found without its name."""
    for table in KEYS:
        for kind, change in KINDS.items():
            for row in tamperer.chance.sample(tamperer.rows[table], positions):
                with tamperer.connection.transaction(force_rollback=True):
                    named = change(tamperer, row)
                    faults = find(tamperer, entity_id)
                    if not is_named(faults, table, named):
                        yield f"{kind} in {table} at {row.key}: {[str(one) for one in faults[:3]]}"


def missed_of_all(tamperer: Tamperer, entity_id: UUID) -> Iterator[str]:
    """A byte of every row of a table at once: the rows that no fault names."""
    for table in KEYS:
        with tamperer.connection.transaction(force_rollback=True):
            named = tamperer.flip_every(table)
            keys = {fault.key for fault in find(tamperer, entity_id, 10**9) if fault.table == table}
            yield from (f"every row of {table}: {one[0]}" for one in named if one[0] not in keys)


def books_of(events: int) -> Any:
    """Books with so many accounts and half as many journals, all under a checkpoint."""
    from bench.books import new_books  # noqa: PLC0415 - when Django is set up
    from journals.drafts import Draft, transfer_lines  # noqa: PLC0415
    from journals.posting import post_many  # noqa: PLC0415
    from ledgerflow.events.checkpoints.use_cases import make_checkpoint  # noqa: PLC0415

    books = new_books("tamper", events, with_key=False)
    chance = random.Random(events)
    drafts = []
    for number in range(events // 2):
        debit, credit = chance.sample(books.codes, 2)
        lines = transfer_lines(debit, credit, Decimal(chance.randrange(1, 10**6)) / 100)
        drafts.append(Draft(lines=lines, kind="transfer", key=f"t{number}", actor="bench", description=f"No. {number}"))
    assert {answer.status for answer in post_many(books.id, drafts)} == {"posted"}
    make_checkpoint(books.id)
    return books.entity


def main() -> int:
    """0 when each change is found and named, 1 when one is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.parts.tamper", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="events, postings and balances, at least so many each")
    parser.add_argument("--positions", type=int, default=10, help="places of each kind of change in each table")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - when Django is set up

    from ledgerflow.books.connections import parameters  # noqa: PLC0415 - the same

    call_command("migrate", verbosity=0)
    entity = books_of(given.rows)
    began, count = time.perf_counter(), len(KEYS) * len(KINDS) * given.positions
    with psycopg.connect(**parameters("default")) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        tamperer = Tamperer(connection, entity.id, random.Random(given.seed))
        sizes = ", ".join(f"{len(rows):,} of {table}" for table, rows in tamperer.rows.items())
        print(f"tampering with {sizes}; --seed {given.seed}")
        assert not find(tamperer, entity.id)
        wrong = [*missed(tamperer, entity.id, given.positions), *missed_of_all(tamperer, entity.id)]
        connection.rollback()
    for line in wrong:
        print(f"MISSED {line}")
    took = time.perf_counter() - began
    print(f"{count} changes of single rows, and one of all rows: {len(wrong)} missed; {took:.0f} s")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
