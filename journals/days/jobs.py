"""What the scheduler does for the business date of one entity."""

from __future__ import annotations

from uuid import UUID

from journals.days.closing.new_day import begin_day
from ledgerflow.books.models import Entity

ACTOR = "system:beat"


def post_what_is_due(entity_id: UUID) -> None:
    """All that is due on the business date: a net below the close, for days that began without one."""
    business_date = Entity.objects.values_list("business_date", flat=True).get(id=entity_id)
    begin_day(entity_id, business_date, ACTOR)
