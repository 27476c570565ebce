"""Admin pages of journals: what is posted stays posted, and is taken back by another journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.contrib import admin
from django.db import DatabaseError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

# Django looks for admin pages in this module alone.
from journals.attachments.admin import attach_page, attachments_on_page, file_page
from journals.attachments.attaching import counts_of
from journals.by_hand.admin.editor import accounts_page, check_page, editor_page
from journals.by_hand.admin.reversal import reversal_page
from journals.events import read_fact
from journals.kinds import label_of
from journals.models import Journal, Posting
from journals.reading.keys import answered_by
from journals.reading.listing import journals_numbered
from journals.reading.overview import totals_of
from journals.reading.sides import SidesOfJournal, sides_of
from journals.series.models import NumberSeries
from journals.views.reading import newest_with
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.money import CONTEXT
from ledgerflow.core.plugins import registry
from ledgerflow.events.read_models.errors import ReadModelAbsent
from ledgerflow.web.admin_base import AddingAdmin, amount_text, pretty_json, require
from ledgerflow.web.admin_filters import ChoiceFilter, DateRangeFilter, EntityFilter
from ledgerflow.web.pages.amounts import amount_element, balance_element, money_elements
from ledgerflow.web.pages.books_of_page import chosen_entity
from ledgerflow.web.pages.chips import FilterOn

MAX_NUMBER_DIGITS = 18  # fits a bigint
BY_NUMBER, BY_DATE = "number", "date"
MOST_FOUND = 500  # by words; who wants older ones says more of them
log = structlog.get_logger(__name__)


class JournalKindFilter(ChoiceFilter):
    title = "Kind"
    parameter_names = ("kind",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(kind.name, gettext(kind.label)) for kind in registry.journal_kinds.values()]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(kind=value)


class OrderFilter(ChoiceFilter):
    """The order of the list: both are along an index, and between two dates only the one by date is."""

    title = gettext_lazy("Order")
    parameter_names = ("order",)
    template = "journals/admin/order.html"

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        self.value = order_of(request)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(BY_NUMBER, gettext("number")), (BY_DATE, gettext("date"))]

    def what_is_on(self) -> Iterator[FilterOn]:
        """Nothing: an order takes no row away."""
        return iter(())

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset


def order_of(request: HttpRequest) -> str:
    dated = request.GET.get("from") or request.GET.get("to")
    return BY_DATE if dated or request.GET.get("order") == BY_DATE else BY_NUMBER


class LineOnPage(NamedTuple):
    posting: Posting
    side: str
    amount: str
    balance_after: str
    dimensions: str


@admin.register(Journal)
class JournalAdmin(AddingAdmin[Journal]):
    list_display = (
        "number",
        "effective_date",
        "kind_label",
        "sides",
        "description",
        "reversal_of",
        "external_reference",
        "files",
        "total",
        "who",
    )
    more_columns = ("layer", "original_date", "recorded_at", "template")
    turns_by_key = True
    list_filter = (EntityFilter, JournalKindFilter, DateRangeFilter, OrderFilter)
    search_fields = ("number",)  # shows the field; get_search_results does the work
    search_help_text = "words, number, number of a series, reference or key"
    detail_template = "ledgerflow/admin/journal.html"
    no_books = "A journal needs an entity: add one first."

    @admin.display(description="Kind")
    def kind_label(self, journal: Journal) -> str:
        return gettext(label_of(journal.kind))

    @admin.display(description="Amount")
    def total(self, journal: Journal) -> str:
        return getattr(journal, "totals_text", "")

    @admin.display(description="Reverses")
    def reversal_of(self, journal: Journal) -> str:
        return str(getattr(journal, "reversed_number", ""))

    @admin.display(description="Files")
    def files(self, journal: Journal) -> str:
        """How many attachments it has."""
        return str(getattr(journal, "files_count", ""))

    @admin.display(description="Debit → credit")
    def sides(self, journal: Journal) -> str:
        """From the account that is debited to the one that is credited."""
        return str(getattr(journal, "sides_text", ""))

    @admin.display(description="In its series")
    def in_series(self, journal: Journal) -> str:
        """The number that a journal has in its series, empty as long as it has none."""
        return journal.series_number.text if hasattr(journal, "series_number") else ""

    def get_urls(self) -> list[URLPattern]:
        """Django's, and those of posting by hand."""
        wrap = self.admin_site.admin_view
        own = [
            path("add/check/", wrap(require_POST(self.check_view)), name="journals_journal_check"),
            path("add/accounts/", wrap(self.accounts_view), name="journals_journal_accounts"),
            path("<uuid:row_id>/attach/", wrap(require_POST(self.attach_view)), name="journals_journal_attach"),
            path(
                "<uuid:row_id>/attachments/<str:sha256>/",
                wrap(self.attachment_view),
                name="journals_journal_attachment",
            ),
            path("<uuid:row_id>/reverse/", wrap(self.reverse_view), name="journals_journal_reverse"),
        ]
        return [*own, *super().get_urls()]

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        return editor_page(self, request, entity)

    def check_view(self, request: HttpRequest) -> HttpResponse:
        """What is found of the form while somebody types."""
        return check_page(request, self._books_to_post_in(request))

    def accounts_view(self, request: HttpRequest) -> HttpResponse:
        """What the text in a cell can mean."""
        return accounts_page(request, self._books_to_post_in(request))

    def reverse_view(self, request: HttpRequest, row_id: UUID) -> HttpResponse:
        require(self.may_add(request) and self.has_view_permission(request))
        row = self.get_object(request, str(row_id))
        return self.not_there(request, str(row_id)) if row is None else reversal_page(self, request, row)

    def attach_view(self, request: HttpRequest, row_id: UUID) -> HttpResponse:
        """Attach files to a journal: for those who may post one."""
        require(self.may_add(request) and self.has_view_permission(request))
        row = self.get_object(request, str(row_id))
        return self.not_there(request, str(row_id)) if row is None else attach_page(request, row)

    def attachment_view(self, request: HttpRequest, row_id: UUID, sha256: str) -> HttpResponseBase:
        """A file of a journal: for those who may see the journal."""
        require(self.has_view_permission(request))
        row = self.get_object(request, str(row_id))
        return self.not_there(request, str(row_id)) if row is None else file_page(request, row, sha256)

    def _books_to_post_in(self, request: HttpRequest) -> Entity:
        require(self.may_add(request))
        entity = chosen_entity(request)
        if entity is None:
            raise Http404(self.no_books)
        return entity

    def get_queryset(self, request: HttpRequest) -> QuerySet[Journal]:
        return super().get_queryset(request).select_related("series_number")

    def get_list_display(self, request: HttpRequest) -> Any:
        """With the number of the series in books that have one."""
        columns = super().get_list_display(request)
        has_series = NumberSeries.objects.filter(entity=chosen_entity(request)).exists()
        return [columns[0], "in_series", *columns[1:]] if has_series else columns

    def columns_of(self, columns: Sequence[Any], rows: list[Journal]) -> Sequence[Any]:
        """Without the columns of reversals and of attachments where the page has none."""
        unused = set() if any(row.reverses_id is not None for row in rows) else {"reversal_of"}
        unused |= set() if any(getattr(row, "files_count", "") for row in rows) else {"files"}
        return [one for one in columns if one not in unused]

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first, each way along its index."""
        return ("-effective_date", "-number") if order_of(request) == BY_DATE else ("-number",)

    def attach(self, rows: list[Journal]) -> None:
        totals = totals_of(row.pk for row in rows)
        reversed_ids = [row.reverses_id for row in rows if row.reverses_id is not None]
        numbers: dict[UUID | None, int] = dict(Journal.objects.filter(pk__in=reversed_ids).values_list("pk", "number"))
        sides, counts = sides_of(row.pk for row in rows), counts_of(row.pk for row in rows)
        for row in rows:
            row.files_count = counts.get(row.pk, "")  # type: ignore[attr-defined]
            row.sides_text = _codes(sides.get(row.pk))  # type: ignore[attr-defined]
            row.reversed_number = numbers.get(row.reverses_id, "")  # type: ignore[attr-defined]
            row.totals_text = money_elements(totals.get(row.pk, []))  # type: ignore[attr-defined]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Journal], search_term: str
    ) -> tuple[QuerySet[Journal], bool]:
        """Whole numbers, references and keys, each one probe of an index; and words, by the read model's search."""
        term = search_term.strip()
        entity = chosen_entity(request)
        if not term or entity is None:
            return queryset, False
        found = Q(external_reference=term) & ~Q(external_reference="")
        if term.isascii() and term.isdigit() and len(term) <= MAX_NUMBER_DIGITS:
            found |= Q(number=int(term))
        numbered = journals_numbered(entity.pk, term)
        found |= Q(pk__in=[*numbered, *answered_by(entity.pk, term), *_with_words(entity, term)])
        return queryset.filter(found), False

    def detail_context(self, request: HttpRequest, row: Journal) -> dict[str, Any]:
        event = Event.objects.get(entity_id=row.entity_id, sequence=row.event_sequence)
        fact = read_fact(event.data)
        postings = row.postings.select_related("account__balance").order_by("line")
        return {
            "title": gettext("Journal %(number)s of %(books)s") % {"number": row.number, "books": row.entity.name},
            "kind_label": gettext(label_of(row.kind)),
            "lines": [line_of(posting) for posting in postings],
            "totals": [(amount_text(amount), currency) for amount, currency in totals_of([row.pk]).get(row.pk, [])],
            "series_number": self.in_series(row),
            "idempotency_key": fact.idempotency_key,
            "override_limits": fact.override_limits,
            "override_lock": fact.override_lock,
            "fact": fact,
            "event_hash": bytes(event.hash).hex(),
            "metadata": pretty_json(row.metadata),
            "reversal": row.reversals.first(),
            "may_post": self.may_add(request),
            **attachments_on_page(row),
        }


def _with_words(entity: Entity, words: str) -> list[UUID]:
    """The newest journals with all of these words; none while there is no read model to ask."""
    try:
        return newest_with(entity.pk, words, MOST_FOUND)
    except (ReadModelAbsent, DatabaseError) as error:
        log.warning("search_without_words", error=str(error))
        return []


def _codes(sides: SidesOfJournal | None) -> str:
    """The codes of both sides, as wide as a list has room for."""
    if sides is None:
        return ""
    debit, credit = (gettext("several") if side.is_several else side.code for side in sides)
    return f"{debit} → {credit}"


def line_of(posting: Posting) -> LineOnPage:
    """A posting as people read it: side and amount, and the balance after it on the account's normal side."""
    balance_after: Decimal = CONTEXT.multiply(posting.balance_after, posting.account.balance.normal_sign)
    return LineOnPage(
        posting,
        "debit" if posting.amount > 0 else "credit",
        amount_element(posting.amount.copy_abs()),
        balance_element(balance_after),
        ", ".join(f"{name}: {value}" for name, value in (posting.dimensions or {}).items()),
    )
