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
    path = Path(migration_file).parent.parent / "sql" / f"{name}.sql"
    forward, marker, back = path.read_text(encoding="utf-8").partition(f"\n{BACK}\n")
    if not marker:
        message = f"{path} has no line {BACK!r}"
        raise ValueError(message)
    # In lists, so that Django sends each text whole: a `;` inside a function body is not a separator.
    return RunSQL(sql=[forward], reverse_sql=[back])


def sql_files(migration_file: str, names: Iterable[str]) -> list[RunSQL]:
    """The operations for several files, in this order."""
    return [sql_file(migration_file, name) for name in names]
