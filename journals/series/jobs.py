"""Giving numbers every hour."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from journals.series.models import NumberSeries
from journals.series.numbering import SYSTEM, catch_up


def number_journals(entity_id: UUID) -> None:
    """What the last hour left without a number."""
    catch_up(entity_id, SYSTEM)


def entities_with_series() -> Iterable[UUID]:
    """Those that have something to number."""
    return NumberSeries.objects.values_list("entity_id", flat=True).distinct()
