"""Books written out and brought into empty ones, by the commands an operator uses."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from django.core.management import call_command

from accounts.founding import found_books
from bench.books import ACTOR
from fx.rates.models import Rate
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from ledgerflow.core.dates import LONGEST_STEP


def moved(entity: Entity, folder: Path) -> Entity:
    """Empty books that get all that `entity` has: settings, chart, journals, rates."""
    files = {name: folder / f"{entity.code}-{name}.csv" for name in ("accounts", "journals", "rates", "own_rates")}
    settings = folder / f"{entity.code}-settings.jsonl"
    for name, file in (files | {"settings": settings}).items():
        call_command(f"export_{name}", entity=entity.code, output=file, verbosity=0)
    other = _founded(entity)
    into = ["--entity", other.code]
    rejected = [*into, "--rejected", str(folder / "rejected.csv")]
    call_command("import_settings", str(settings), *into, "--stage", "before")
    call_command("import_accounts", str(files["accounts"]), *rejected)
    call_command(
        "import_journals", str(files["journals"]), "--group-by", "journal", "--confirm-unusual-dates", *rejected
    )
    if Rate.objects.filter(entity=entity).exists():
        call_command("import_rates", str(files["rates"]), *into, "--confirm-jumps")
        call_command("import_own_rates", str(files["own_rates"]), *into)
    call_command("import_settings", str(settings), *into, "--stage", "after")
    return other


def _founded(entity: Entity) -> Entity:
    """The entity with its dates, which the file of settings asks for."""
    entity.refresh_from_db()
    other = found_books(
        code=f"again-{uuid4().hex[:8]}", name=entity.name, base_currency=entity.base_currency,
        business_date=entity.first_business_date, time_zone=entity.time_zone, dimensions=entity.dimensions, actor=ACTOR,
    )  # fmt: skip
    while other.business_date < entity.business_date:
        to = min(entity.business_date, other.business_date + LONGEST_STEP)
        advance_business_date(other, to, actor=ACTOR)
    return other
