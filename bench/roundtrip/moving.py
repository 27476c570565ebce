"""Books written out and brought into empty ones, by the commands an operator uses."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from django.core.management import call_command

from accounts.currencies import add_currency
from accounts.founding import found_books
from accounts.models import Currency
from bench.books import ACTOR
from fx.rates.models import Rate
from fx.revaluation.models import ValuationPair
from fx.revaluation.valuation_pairs import pair_valuation
from journals.periods.fiscal_years import YearPlan
from journals.periods.models import Period
from journals.periods.use_cases import declare_earlier_years_closed, make_fiscal_year
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from ledgerflow.core.dates import LONGEST_STEP


def moved(entity: Entity, folder: Path) -> Entity:
    """Empty books that get all that `entity` has: what has to be declared first, then the two files, then rates."""
    chart, journals = folder / f"{entity.code}-chart.csv", folder / f"{entity.code}-journals.csv"
    call_command("export_accounts", entity=entity.code, output=chart, verbosity=0)
    call_command("export_journals", entity=entity.code, output=journals, verbosity=0)
    other = _declared(entity)
    rejected = ["--rejected", str(folder / "rejected.csv")]
    call_command("import_accounts", str(chart), "--entity", other.code, *rejected)
    call_command(
        "import_journals", str(journals), "--entity", other.code, "--group-by", "journal", "--confirm-unusual-dates",
        *rejected,
    )  # fmt: skip
    if Rate.objects.filter(entity=entity).exists():
        _rates(entity, other, folder)
    return other


def _declared(entity: Entity) -> Entity:
    """What the files do not carry: the entity with its dates, its own currencies, its fiscal calendar."""
    entity.refresh_from_db()
    other = found_books(
        code=f"again-{uuid4().hex[:8]}", name=entity.name, base_currency=entity.base_currency,
        business_date=entity.first_business_date, time_zone=entity.time_zone, dimensions=entity.dimensions, actor=ACTOR,
    )  # fmt: skip
    while other.business_date < entity.business_date:
        to = min(entity.business_date, other.business_date + LONGEST_STEP)
        advance_business_date(other, to, actor=ACTOR)
    for one in Currency.objects.filter(entity=entity, is_custom=True):
        add_currency(other, code=one.code, name=one.name, minor_units=one.minor_units, actor=ACTOR)
    periods = Period.objects.filter(entity=entity).order_by("starts_on")
    for year in periods.filter(kind="year"):
        special = periods.filter(kind="special", ends_on=year.ends_on).exists()
        plan = YearPlan(year.starts_on, year.ends_on, year.name, special_period=special)
        make_fiscal_year(other.id, plan, actor=ACTOR)
    for earlier in periods.filter(kind="earlier"):
        declare_earlier_years_closed(other.id, earlier.ends_on, actor=ACTOR, reason="of the books these come from")
    return other


def _rates(entity: Entity, other: Entity, folder: Path) -> None:
    """Rates, pairs, and what journals are worth by a rate of their own, that of a settlement among them."""
    rates, own = folder / f"{entity.code}-rates.csv", folder / f"{entity.code}-own-rates.csv"
    call_command("export_rates", entity=entity.code, output=rates, verbosity=0)
    call_command("export_own_rates", entity=entity.code, output=own, verbosity=0)
    call_command("import_rates", str(rates), "--entity", other.code, "--confirm-jumps")
    for pair in ValuationPair.objects.filter(entity=entity).select_related("account", "valuation"):
        pair_valuation(other.id, pair.account.code, pair.valuation.code, actor=ACTOR)
    call_command("import_own_rates", str(own), "--entity", other.code)
