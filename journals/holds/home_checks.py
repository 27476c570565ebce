"""What Home looks at among holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from journals.hold_states import HoldStatus
from journals.holds.models import Hold
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.plugins import HOME_MOST, Cure, HomeEntry, HomeLook

EXPIRES = gettext_noop("{amount} {currency} on {account} expires at {expires_at}.")


def expiring_today(entity_id: UUID) -> HomeLook:
    """Holds that expire before the day ends on the entity's wall, the next one first."""
    zone = Entity.objects.values_list("time_zone", flat=True).get(pk=entity_id)
    tomorrow = clocks.now().astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, datetime.min.time(), ZoneInfo(zone))
    due = Hold.objects.filter(entity_id=entity_id, status=HoldStatus.ACTIVE.value, expires_at__lt=midnight)
    rows = due.select_related("account").order_by("expires_at", "id")[: HOME_MOST + 1]
    return HomeLook([_entry(one) for one in rows])


def _entry(hold: Hold) -> HomeEntry:
    figures = {
        "amount": hold.remaining,
        "currency": hold.currency,
        "account": hold.account.code,
        "expires_at": hold.expires_at,
    }
    return HomeEntry(EXPIRES, figures, (Cure("Hold", "holds_hold_change", hold.id),))
