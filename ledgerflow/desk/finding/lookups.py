"""What is found by a whole number, key or name, each by one probe of an index of the books themselves."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from accounts.models import Account
from journals.holds.models import Hold
from journals.models import Journal
from journals.reading.keys import answered_by
from journals.reading.listing import journals_numbered
from ledgerflow.books.models import Event
from ledgerflow.core.texts import is_storable
from ledgerflow.desk.finding.probes import AccountHit, JournalHit
from ledgerflow.desk.finding.recent import hit_of, with_lines
from recon.statements.models import BankAccount, StatementLine

MOST_DIGITS = 18  # fits a bigint
LONGEST_IBAN = 34  # ISO 13616
SHORTEST_IBAN = 8  # of those that people look for by their beginning too


class EventHit(NamedTuple):
    """An event; what it is about has a page where the id is that of a journal, a hold or an account."""

    sequence: int
    type: str
    subject: str


def number_in(text: str) -> int | None:
    """The number that a text is, as `466` or `#466`."""
    digits = text.removeprefix("#")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS
    return int(digits) if is_number else None


def id_in(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None  # noqa: PLR2004 - the one way in which ids are shown
    except ValueError:
        return None


def journals_called(entity_id: UUID, text: str) -> list[JournalHit]:
    """The journals with this number, number of a series, idempotency key or id: a few at most."""
    if not is_storable(text):
        return []
    found = Q(pk__in=[*journals_numbered(entity_id, text), *answered_by(entity_id, text)])
    number, journal_id = number_in(text), id_in(text)
    found |= Q(number=number) if number is not None else Q()
    found |= Q(pk=journal_id) if journal_id is not None else Q()
    rows = with_lines(Journal.objects.filter(found, entity_id=entity_id)).order_by("-number")
    return [hit_of(row) for row in rows[:10]]


def journals_referred(entity_id: UUID, reference: str, limit: int) -> list[JournalHit]:
    """The newest journals with this whole reference, as it was written: for when the read model does not answer."""
    if not reference or not is_storable(reference):
        return []
    rows = Journal.objects.filter(entity_id=entity_id, external_reference=reference)
    return [hit_of(row) for row in with_lines(rows).order_by("-number")[:limit]]


def accounts_coded(entity_id: UUID, code: str, limit: int) -> list[AccountHit]:
    """The account with this code and those of this owner, also those that the read model has not read of yet."""
    if not code or not is_storable(code):
        return []
    rows = Account.objects.filter(Q(code=code) | Q(owner_id=code), entity_id=entity_id).order_by("code")[:limit]
    return [
        AccountHit(row.code, row.pk, row.name, row.type, row.currency, row.owner_id, row.closed_at is not None)
        for row in rows
    ]


def holds_with(entity_id: UUID, ids: list[UUID]) -> list[Hold]:
    """Holds as they stand now, the newest first."""
    rows = Hold.objects.filter(entity_id=entity_id, pk__in=ids).select_related("account")
    return list(rows.order_by("-event_sequence"))


def event_numbered(entity_id: UUID, text: str) -> list[EventHit]:
    number = number_in(text)
    rows = Event.objects.filter(entity_id=entity_id, sequence=number) if number is not None else Event.objects.none()
    return [EventHit(*row) for row in rows.values_list("sequence", "type", "subject")]


def iban_in(text: str) -> str:
    """What looks like an IBAN or its beginning, without spaces, in upper case; "" where it does not."""
    iban = "".join(text.split()).upper()
    is_one = iban.isascii() and iban.isalnum() and iban[:2].isalpha() and iban[2:4].isdigit()
    return iban if is_one and SHORTEST_IBAN <= len(iban) <= LONGEST_IBAN else ""


def bank_accounts_called(entity_id: UUID, iban: str) -> list[BankAccount]:
    rows = BankAccount.objects.filter(entity_id=entity_id, identifier__startswith=iban)  # a handful in all
    return list(rows.order_by("identifier")[:10]) if iban else []


def lines_of_iban(entity_id: UUID, iban: str, limit: int) -> list[StatementLine]:
    """The newest lines of statements that came from this IBAN or went to it."""
    rows = StatementLine.objects.filter(entity_id=entity_id, iban=iban, is_undone=False, part=0).exclude(iban="")
    return list(rows.order_by("-booking_date", "-number")[:limit]) if iban else []
