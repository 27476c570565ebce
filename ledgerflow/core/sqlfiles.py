"""SQL is code: one object per file in the app's `sql/` folder, its way back below a marker line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.db.migrations.operations import RunSQL

BACK = "-- back --"


def sql_file(migration_file: str, name: str) -> RunSQL:
    """The migration operation for `<app>/sql/<name>.sql`; call it as `sql_file(__file__, "…")`.

    The file must hold the statement that creates the object, a line `-- back --`, and the one that removes it.
    """
    forward, back = _read(migration_file, name)
    # In lists, so that Django sends each text whole: a `;` inside a function body is not a separator.
    return RunSQL(sql=[forward], reverse_sql=[back])


def sql_function_again(migration_file: str, name: str) -> RunSQL:
    """The function of a file that an earlier migration has run, for databases that got its former text then."""
    statement, end, _ = _read(migration_file, name)[0].partition("\n$$;\n")
    again = statement.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1) + end
    return RunSQL(sql=[again], reverse_sql=RunSQL.noop)


def sql_files(migration_file: str, names: Iterable[str]) -> list[RunSQL]:
    """The operations for several files, in this order."""
    return [sql_file(migration_file, name) for name in names]


def _read(migration_file: str, name: str) -> tuple[str, str]:
    """The way there and the way back."""
    path = Path(migration_file).parent.parent / "sql" / f"{name}.sql"
    forward, marker, back = path.read_text(encoding="utf-8").partition(f"\n{BACK}\n")
    if not marker:
        message = f"{path} has no line {BACK!r}"
        raise ValueError(message)
    return forward, back
