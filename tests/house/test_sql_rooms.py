"""No SQL outside its room writes a table, and journals, postings and day totals have one writer.

A table that two rooms write has two places where its rules must be kept, and the second is forgotten.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from django.apps import apps

PROJECT = Path(__file__).parents[2]
PRODUCT = ("accounts", "fx", "journals", "ledgerflow", "recon", "reports")
VERBS = r"INSERT\s+INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM|COPY|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?"
WRITES = re.compile(rf"\b({VERBS})\s+(?:public\.)?\"?(\w+|\{{\}}|%s)", re.IGNORECASE)
ORM_WRITES = frozenset(
    {"create", "bulk_create", "update", "bulk_update", "delete", "get_or_create", "update_or_create"}
)
MODEL = re.compile(r"\b([A-Z]\w+)(?:\._base_manager|\._default_manager|\.objects)\b")
# file, table: why it is written there and not in the table's own room.
ALLOWED = {
    ("journals/rows.py", "accounts_balance"): "posting is what moves balances, in the statement that it is fast with",
    ("journals/hold_rows.py", "accounts_balance"): "what is held is moved as the balance is, by the same writer",
    ("journals/hold_rows.py", "holds_hold"): "posting captures holds, and may not import the room that stands on it",
    ("journals/hold_rows.py", "holds_holdentry"): "the same",
    ("journals/lot_keeping/rows.py", "lots_lot"): "posting moves lots, and may not import the room that stands on it",
    ("journals/lot_keeping/rows.py", "lots_lotentry"): "the same",
    ("journals/lot_keeping/rows.py", "lots_pin"): "holds pin lots, in the transaction that places them",
}
ONE_WRITER = dict.fromkeys(("journals_journal", "journals_posting", "journals_daytotal"), "journals/rows.py")


class Write(NamedTuple):
    file: str
    table: str


def rooms() -> dict[str, str]:
    """Each table of ours, and the folder of the room it belongs to."""
    found: dict[str, str] = {}
    for app in apps.get_app_configs():
        folder = Path(app.path)
        if folder.is_relative_to(PROJECT) and folder.relative_to(PROJECT).parts[0] in PRODUCT:
            models = app.get_models(include_auto_created=True)
            found |= {model._meta.db_table: folder.relative_to(PROJECT).as_posix() for model in models}
    return found


def model_tables() -> dict[str, str]:
    return {model.__name__: model._meta.db_table for model in apps.get_models() if model._meta.db_table in rooms()}


def texts(source: str) -> Iterator[str]:
    """The strings of a module; what is filled in later is {}."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            yield node.value if isinstance(node.value, str) else node.value.decode(errors="replace")


def written_in_sql(text: str, tables: dict[str, str]) -> set[str]:
    """The tables that SQL writes; {} for one that is named only when it runs."""
    # `{verb} {}` is a statement where a table is put in; "copy %s" may be anybody's sentence.
    return {
        "{}" if table in {"{}", "%s"} else table
        for verb, table in WRITES.findall(re.sub(r"--.*", "", text))
        if table in tables or (table in {"{}", "%s"} and verb.isupper())
    }


def written_by_models(source: str, models: dict[str, str]) -> set[str]:
    """The tables that calls such as `Entity.objects.filter(…).update(…)` write."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ORM_WRITES:
            model = MODEL.match(ast.unparse(node.func))
            if model and model[1] in models:
                found.add(models[model[1]])
    return found


def writes(name: str, source: str, tables: dict[str, str], models: dict[str, str]) -> set[Write]:
    if name.endswith(".sql"):
        found = written_in_sql(source, tables)
    else:
        found = {table for text in texts(source) for table in written_in_sql(text, tables)}
        found |= written_by_models(source, models)
    return {Write(name, table) for table in found}


def room_of(file: str, tables: dict[str, str]) -> str:
    """The innermost room that a file lies in."""
    return max((room for room in tables.values() if file.startswith(f"{room}/")), key=len, default="")


def offences(found: set[Write], tables: dict[str, str]) -> set[Write]:
    return {one for one in found if tables.get(one.table) != room_of(one.file, tables)}


@pytest.fixture(scope="module")
def tables() -> dict[str, str]:
    return rooms()


@pytest.fixture(scope="module")
def found(tables: dict[str, str]) -> set[Write]:
    models = model_tables()
    files = [
        path
        for folder in PRODUCT
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in {".py", ".sql"} and "migrations" not in path.parts
    ]
    return {
        one for path in files for one in writes(path.relative_to(PROJECT).as_posix(), path.read_text(), tables, models)
    }


def test_no_room_writes_the_tables_of_another(found: set[Write], tables: dict[str, str]) -> None:
    assert offences(found, tables) == {Write(*one) for one in ALLOWED}


@pytest.mark.parametrize("table", ONE_WRITER)
def test_journals_postings_and_day_totals_have_one_writer(found: set[Write], table: str) -> None:
    assert {one.file for one in found if one.table == table} == {ONE_WRITER[table]}


# A check that cannot fail is a defect: each one is shown what it must find.


@pytest.mark.parametrize(
    "source",
    [
        "X = 'INSERT INTO journals_posting (id) VALUES (%s)'",
        "X = b'copy journals_posting FROM STDIN'",
        "X = f'UPDATE ONLY public.journals_posting SET amount = {amount}'",
        "X = '''\n    WITH moved AS (\n        DELETE\n FROM \"journals_posting\" RETURNING 1)\n    SELECT'''",
        "Posting.objects.filter(journal=one).update(amount=0)",
        "Posting.objects.bulk_create(made)",
        "Posting._base_manager.all().delete()",
    ],
)
def test_a_second_writer_is_found(tables: dict[str, str], source: str) -> None:
    found = writes("fx/deals/settlement.py", source, tables, model_tables())
    assert found == offences(found, tables) == {Write("fx/deals/settlement.py", "journals_posting")}


def test_a_writer_in_a_file_of_sql_is_found(tables: dict[str, str]) -> None:
    body = "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN\n  UPDATE books_entity SET code = 'x'; -- DELETE FROM x\n"
    found = writes("journals/sql/journal_fence.sql", body, tables, {})
    assert found == offences(found, tables) == {Write("journals/sql/journal_fence.sql", "books_entity")}


def test_a_table_that_is_named_only_when_it_runs_is_found(tables: dict[str, str]) -> None:
    found = writes("accounts/opening.py", "X = f'INSERT INTO {table} VALUES (1)'", tables, {})
    assert found == offences(found, tables) == {Write("accounts/opening.py", "{}")}


def test_reading_and_the_own_room_are_no_offence(tables: dict[str, str]) -> None:
    source = "X = 'SELECT FROM journals_posting FOR UPDATE'; Y = 'INSERT INTO deals_quote (id) VALUES (1)'"
    assert offences(writes("fx/deals/settlement.py", source, tables, model_tables()), tables) == set()
