"""What a search gives: groups of hits, the surest first, each as far as the person may see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg
import structlog
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledgerflow.books.models import Entity, Event
from ledgerflow.core.locales.current import day_text
from ledgerflow.core.money import plain
from ledgerflow.core.people import person_of
from ledgerflow.core.plugins import registry
from ledgerflow.desk.finding import lookups, recent
from ledgerflow.desk.finding.grammar import Query, amounts_among
from ledgerflow.desk.finding.probes import (
    AccountHit,
    JournalHit,
    JournalPage,
    PageStart,
    find_accounts,
    find_holds,
    find_journals,
    patiently,
    position,
)
from ledgerflow.desk.finding.wanted import Poster, WantedJournals, reference_of, wanted_by
from ledgerflow.events.read_models.errors import ReadModelAbsent
from ledgerflow.web.admin_base import amount_text

log = structlog.get_logger(__name__)
A_GROUP = 10
A_PAGE = 50
MOST_PEOPLE = 50
MOST_SHOWN = 3  # accounts of a journal
JOURNALS, REFERENCE, AMOUNT, WORDS = "journals", "reference", "amount", "words"
TITLES = {
    JOURNALS: _("Journals"),
    REFERENCE: _("Journals by reference"),
    AMOUNT: _("Journals with this amount"),
    WORDS: _("Journals with these words"),
}
# Which pages an event leads to, by how its type begins; its subject is the id of the row.
PAGES_OF_EVENTS = {
    "journal.": ("journals", "journal"),
    "hold.": ("holds", "hold"),
    "account.": ("accounts", "account"),
}
Text = str | Promise


class Hit(NamedTuple):
    """One thing that was found: `model` and `row` name its page, "" where it has none."""

    title: Text
    detail: str
    amount: str
    model: str
    row: Any


@dataclass(frozen=True, slots=True)
class HitGroup:
    """Hits of one sort. `page` where its journals go on."""

    name: str
    title: Text
    hits: list[Hit]
    page: JournalPage = field(default_factory=lambda: JournalPage([]))


@dataclass(slots=True)
class SearchResult:
    """`read_to` is the last event that the index knows of, None where there is none; `head` is that of the books."""

    groups: list[HitGroup]
    head: int
    read_to: int | None = None
    is_slow: bool = False
    is_incomplete: bool = False  # some journals are too old for the tables to be asked, and too new for the index


def find(
    user: Any, entity: Entity, query: Query, *, limit: int = A_GROUP, only: str = "", place: PageStart | None = None
) -> SearchResult:
    """Look for what a query wants in these books. `only` one group of journals, from `place` on."""
    search = _Search(user, entity, query, limit)
    plans = {name: wanted for name, wanted in search.plans().items() if not only or name == only}
    search.ask_index(plans, place)
    if not only:
        search.ask_books()
    return search.found()


class _Search:
    """One search, group by group; each asks a number of statements that does not depend on what is found."""

    def __init__(self, user: Any, entity: Entity, query: Query, limit: int) -> None:
        self.entity_id = entity.pk
        self.query = query
        self.limit = limit
        self.text = " ".join(query.words)
        self.filters = wanted_by(query, [_person(text) for text in query.people])
        self.amounts = amounts_among(query.words)
        self.may = {model: _may_view(user, model) for model in MODELS}
        head = (
            Event.objects.filter(entity_id=entity.pk).order_by("-sequence").values_list("sequence", flat=True).first()
        )
        self._found = SearchResult([], head or 0)
        self._groups: dict[str, HitGroup] = {}

    def plans(self) -> dict[str, WantedJournals]:
        """The ways in which the words are looked for among journals."""
        if not self.may["journals.journal"]:
            return {}
        if not self.text:
            return {} if self.filters.is_nothing else {JOURNALS: self.filters}
        plans = {}
        if not self.query.references:
            plans[REFERENCE] = replace(self.filters, references=(reference_of(f"{self.text}*"),))
        if self.amounts.readings:
            found = replace(
                self.filters,
                amounts=(*self.filters.amounts, *self.amounts.readings),
                currencies=(*self.filters.currencies, *self.amounts.currencies),
            )
            plans[AMOUNT] = found.with_words(self.amounts.words)
        words = self.filters.with_words(self.query.words)
        # "100.00" is no two words: what begins with 00 would be looked for among all references.
        is_amount = not self.amounts.words and any(not text.isalnum() for text in self.amounts.texts)
        return plans | ({WORDS: words} if words.words and not is_amount else {})

    def ask_index(self, plans: dict[str, WantedJournals], place: PageStart | None) -> None:
        """What the read model knows, and the journals it does not know yet."""
        pages: dict[str, JournalPage] = {}
        with self._whatever_index():
            with patiently() as cursor:
                self._found.read_to = position(cursor, self.entity_id)
                text = self._account_text()
                accounts = find_accounts(cursor, self.entity_id, text, self.limit) if text.strip() else []
                self._add("accounts", _("Accounts"), map(account_hit, accounts))
                holds = [
                    one for wanted in self._holds() for one in find_holds(cursor, self.entity_id, wanted, self.limit)
                ]
                for name, wanted in plans.items():
                    pages[name] = find_journals(cursor, self.entity_id, wanted, self.limit, place)
            self._add("holds", _("Holds"), map(hold_hit, lookups.holds_with(self.entity_id, holds[: self.limit])))
        fresh = recent.newest(self.entity_id, self._found.read_to or 0) if plans else []
        self._found.is_incomplete = len(fresh) == recent.MOST
        for name, wanted in plans.items():
            found = recent.wanted_among(fresh, wanted)
            page = recent.merged(pages.get(name, JournalPage([])), found, place, self.limit)
            self._add(name, TITLES[name], map(journal_hit, page.hits), page)

    def ask_books(self) -> None:
        """What is found by a whole number, key or name; and where there is no index, what the tables can answer."""
        if not self.text:
            return
        if self.may["journals.journal"]:
            called = lookups.journals_called(self.entity_id, self.text)
            self._add("called", _("Journals with this number or key"), map(journal_hit, called))
            self._add("events", _("Events"), map(event_hit, lookups.event_numbered(self.entity_id, self.text)))
        if self.may["accounts.account"]:
            accounts = lookups.accounts_coded(self.entity_id, self.text, self.limit)
            if "accounts" not in self._groups:  # the index may not have read of them yet
                self._add("accounts", _("Accounts"), map(account_hit, accounts))
        iban = lookups.iban_in(self.text)
        if self.may["statements.bankaccount"]:
            found = lookups.bank_accounts_called(self.entity_id, iban)
            self._add("banks", _("Bank accounts"), map(bank_hit, found))
        if self.may["statements.statementline"]:
            lines = lookups.lines_of_iban(self.entity_id, iban, self.limit)
            self._add("lines", _("Bank lines of this IBAN"), map(line_hit, lines))
        if self._found.read_to is None:
            self._ask_tables_alone()

    def found(self) -> SearchResult:
        order = ("called", "accounts", JOURNALS, REFERENCE, AMOUNT, WORDS, "holds", "banks", "lines", "events")
        self._found.groups = [self._groups[name] for name in order if name in self._groups]
        return self._found

    def _ask_tables_alone(self) -> None:
        if self.may["journals.journal"] and not self._groups.get(REFERENCE):
            referred = lookups.journals_referred(self.entity_id, self.text, self.limit)
            self._add(REFERENCE, TITLES[REFERENCE], map(journal_hit, referred))

    def _account_text(self) -> str:
        if not self.may["accounts.account"]:
            return ""
        return self.query.accounts[0] if self.query.accounts else self.text

    def _holds(self) -> Iterator[WantedJournals]:
        """The ways in which holds are looked for; filters of journals say that none is wanted."""
        wanted = WantedJournals(
            amounts=self.filters.amounts, accounts=self.filters.accounts, people=self.filters.people
        )
        of_journals = replace(self.filters, amounts=wanted.amounts, accounts=wanted.accounts, people=wanted.people)
        if not self.may["holds.hold"] or not of_journals.is_nothing:
            return
        if self.amounts.readings:
            yield replace(wanted, amounts=(*wanted.amounts, *self.amounts.readings)).with_words(self.amounts.words)
        if self.query.words:
            yield wanted.with_words(self.query.words)
        elif not wanted.is_nothing:
            yield wanted

    def _add(self, name: str, title: Text, hits: Iterable[Hit], page: JournalPage | None = None) -> None:
        shown = list(hits)
        if shown:
            self._groups[name] = HitGroup(name, title, shown, page or JournalPage([]))

    @contextmanager
    def _whatever_index(self) -> Iterator[None]:
        """Go on without the index where it is missing or fails, and with what there is where it takes too long."""
        try:
            yield
        except (ReadModelAbsent, DatabaseError) as error:
            self._found.is_slow = isinstance(error.__cause__, psycopg.errors.QueryCanceled)
            if not self._found.is_slow:
                self._found.read_to = None
            log.warning("search_without_index", error=str(error), is_slow=self._found.is_slow)


# --- hits ---


def journal_hit(found: JournalHit) -> Hit:
    accounts = [f"{code} {name}" for code, name in found.accounts]
    shown = ", ".join(accounts[:MOST_SHOWN]) + (" …" if len(accounts) > MOST_SHOWN else "")
    kind = registry.journal_kinds.get(found.kind)
    parts = [
        day_text(found.effective_date), kind.label if kind else found.kind, found.description,
        found.external_reference, shown, "reversed" if found.is_reversed else "",
    ]  # fmt: skip
    amounts = ", ".join(f"{amount_text(Decimal(amount))} {currency}" for currency, amount in found.amounts.items())
    title = _("Journal %(number)s") % {"number": found.number}
    return Hit(title, " · ".join(part for part in parts if part), amounts, "journals_journal", found.id)


def account_hit(found: AccountHit) -> Hit:
    parts = [found.type, found.currency, found.owner_id, "closed" if found.is_closed else ""]
    return Hit(
        f"{found.code} {found.name}", " · ".join(part for part in parts if part), "", "accounts_account", found.id
    )


def hold_hit(hold: Any) -> Hit:
    title = _("Hold on %(account)s") % {"account": hold.account.code}
    parts = [day_text(hold.placed_at), hold.status, hold.description, hold.external_reference]
    amount = f"{amount_text(hold.amount)} {hold.currency}"
    return Hit(title, " · ".join(part for part in parts if part), amount, "holds_hold", hold.pk)


def event_hit(event: lookups.EventHit) -> Hit:
    title = _("Event %(number)s") % {"number": event.sequence}
    row = lookups.id_in(event.subject)
    found = next((page for start, page in PAGES_OF_EVENTS.items() if event.type.startswith(start)), None)
    model = "_".join(found) if found and row else ""
    return Hit(title, event.type, "", model, row)


def bank_hit(account: Any) -> Hit:
    return Hit(account.name, account.identifier, "", "statements_bankaccount", account.pk)


def line_hit(line: Any) -> Hit:
    parts = [day_text(line.booking_date), line.counterparty, line.text[:120]]
    amount = f"{amount_text(line.amount)} {line.currency}"
    title = line.bank_reference or line.counterparty or plain(line.amount)
    return Hit(title, " · ".join(part for part in parts if part), amount, "statements_statementline", line.pk)


MODELS = (
    "journals.journal", "accounts.account", "holds.hold", "statements.bankaccount", "statements.statementline",
)  # fmt: skip


def _may_view(user: Any, model: str) -> bool:
    """As the pages of the rows decide it."""
    app, _dot, name = model.partition(".")
    return any(user.has_perm(f"{app}.{action}_{name}") for action in ("view", "change"))


def _person(text: str) -> Poster:
    """Users whose name has this in it, and whoever is recorded under a name that begins like this."""
    model = get_user_model()
    users = model._default_manager.filter(**{f"{model.USERNAME_FIELD}__icontains": text})  # noqa: SLF001 - documented
    return Poster(tuple(person_of(user) for user in users[:MOST_PEOPLE]), text)
