"""Every page of the admin, read from the URL configuration, so that a new one cannot escape the tests of all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db.models import Model
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.dimensions.declaring import require_dimensions
from accounts.dimensions.models import AccountDimensions
from accounts.models import Account
from fx.rates.policies import set_policy
from journals.days.policies import set_day_policy
from journals.periods.fiscal_years import YEAR
from journals.portability.models import ImportUpload
from ledgerflow.access.members.use_cases import give_role
from ledgerflow.books.models import Entity
from ledgerflow.events.consuming.models import DeadLetter, ReadModelDeadLetter
from ledgerflow.events.publishing.models import KAFKA, SinkPosition
from ledgerflow.web.pages.books_of_page import name_books
from recon.statements.models import BankAccount, StatementLine
from tests.everything import everything
from tests.people import a_user

# Addresses with a name that show nothing to people.
NO_PAGES = {
    "in_books": "is Home, which is there by its own name",
    "login": "is looked at by somebody who has not signed in",
    "logout": "takes a POST alone",
    "autocomplete": "is JSON for a field",
    "desk_palette": "is JSON for the palette",
    "ledger_roles_invitation": "is looked at by somebody who has not signed in",
    "ledger_roles_membershipstep_change": "leads to the page of the person",
    "ledger_roles_person_invitation": "takes a POST alone, from the page of a person",
    "home_seen": "takes a POST alone, and leads to Home",
    "tour_away": "takes a POST alone, and leads to Home",
    "journals_journal_accounts": "is JSON for the editor of journals",
    "journals_journal_attach": "takes a POST alone, from the page of a journal",
    "journals_journal_attachment": "is a file",
    "journals_journal_check": "takes a POST alone, from the editor of journals while somebody types",
    "jsi18n": "is a script",
    "view_on_site": "leads to a page of the model's own, and none has one",
    "reports": "leads to the trial balance",
    "recon_reports_reconrun_file": "is a file",
    "portability_importrun_refused": "is a file",
    "portability_importrun_rejected": "is a file",
    "desk_view_save": "takes a POST alone",
    "desk_columns": "takes a POST alone",
    "desk_file_delete": "takes a POST alone",
    "desk_view_delete": "takes a POST alone",
    "credits_wallet_statement": "is a file",
    "days_daypolicy_change": "leads to the form of the policy",
    "rates_fxpolicy_change": "leads to the form of the policy",
    "revaluation_valuationpair_change": "leads to the account that is valued",
    "series_seriesnumber_change": "leads to the journal that has the number",
} | {
    f"cases_reconexception_selected_{action}": "takes rows that were ticked in the list, by a POST"
    for action in ("assign", "check", "comment", "reason", "resolve", "reopen")
}
WITHOUT_ROWS = {ReadModelDeadLetter: "its table lies beside the read models, and its pages are those of dead letters"}
# What pages need in their address besides the books and the row of their model.
PARTS = {
    "app_list": {"app_label": "accounts"},
    "help_page": {"name": "desk"},
    "credits_applicationversion_in-force": {"name": "content"},
    "credits_applicationversion_try-out": {"name": "content"},
}
# Pages that want rows by their query: whose, and under what name.
ASKED_FOR: dict[str, tuple[type[Model], str]] = {
    "accounts_account_freeze": (Account, "id"),
    "accounts_account_unfreeze": (Account, "id"),
    "accounts_account_close": (Account, "id"),
    "matching_match_by_hand": (BankAccount, "account"),
    "cases_reconexception_run": (BankAccount, "account"),
}
OTHER_ROWS: dict[str, type[Model]] = {
    "line_id": StatementLine,
    "upload_id": ImportUpload,
    "key": User,
}  # by the name of a part: it is not of the page's model
STATUSES = {"approvals_proposal_withdraw": 403}  # only who proposed it may: the page that says so
# What a row must be besides, where not every row of the model has the page.
FITTING: dict[str, dict[str, Any]] = {
    "periods_period_year_end": {"kind": YEAR},
    "portability_importrun_columns": {"run": None},
    "portability_importrun_preview": {"run": None, "mapped_at__isnull": False},
    **{f"auth_group_{what}": {"name__startswith": "Clerks of "} for what in ("change", "delete", "history")},
    "ledger_roles_person": {"username__startswith": "member-"},
    "ledger_roles_person_give": {"username__startswith": "member-"},
    "portability_importrun_undo": {"finished_at__isnull": False},
}
# How the rows of a model are those of some books, where it is not by their `entity`.
LOOKUPS: dict[type[Model], str] = {DeadLetter: "entity_id", AccountDimensions: "entity"}
OF_NO_BOOKS = (User, Group)


class NothingToShowError(LookupError):
    """These books have no row of the model that a page is of."""


class Page(NamedTuple):
    name: str
    address: str  # without the server
    status: int = 200


def books_of_every_page() -> Entity:
    """Books with a row for each page."""
    entity = everything().entity
    set_day_policy(entity.pk, {"cut_off_minutes": 60}, actor="test")
    set_policy(entity.pk, {"max_age_days": 5}, actor="test")
    require_dimensions(entity.pk, "TILL", ["party"], actor="test")
    last = entity.events.latest("sequence")
    SinkPosition.objects.create(sink=KAFKA, entity=entity, sequence=last.sequence, hash=last.hash)
    member = a_user(username=f"member-{entity.code}")
    for where in (entity, None):
        give_role(a_user(is_superuser=True), member, Group.objects.get(name="Ledger viewer"), where)
    Group.objects.create(name=f"Clerks of {entity.code}")
    return entity


def every_page(books: Entity, person: User, *, whole: bool = True) -> list[Page]:
    """Each page for somebody who may do everything, with a row of these books where it is of one.

    Without a row it fails, or leaves the page out where the books are not said to have the `whole`.
    """
    request = RequestFactory().get("/admin/")
    request.user = person
    request.session = SessionStore()
    name_books(request, books)
    found = []
    for route, pattern in _patterns(_admin_patterns(), ""):
        name = pattern.name or ""
        if _is_page(name) and not _is_refused(name, request) and not _is_without_row(pattern):
            try:
                found.append(Page(name, _address(route, pattern, books, request), STATUSES.get(name, 200)))
            except NothingToShowError:
                if whole:
                    raise
    return found


def every_name() -> list[str]:
    """The names of all pages, those that nobody gets here as well."""
    named = {pattern.name or "" for _, pattern in _patterns(_admin_patterns(), "")}
    return sorted(filter(_is_page, named))


def _is_page(name: str) -> bool:
    return bool(name) and name not in NO_PAGES and not name.endswith("_csv")  # that of a list as a file


def _admin_patterns() -> list[Any]:
    patterns: list[Any] = get_resolver().url_patterns
    (found,) = (one for one in patterns if getattr(one, "namespace", "") == "admin")
    return list(found.url_patterns)


def _patterns(patterns: list[Any], before: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, route)
        else:
            yield route, pattern


def _model_of(name: str) -> tuple[type[Model] | None, str]:
    """The model of a page by its name, and what the page does with it."""
    for model in admin.site._registry:
        before = f"{model._meta.app_label}_{model._meta.model_name}_"
        if name.startswith(before):
            return model, name.removeprefix(before)
    return None, name


def _is_refused(name: str, request: HttpRequest) -> bool:
    """Whether it is one of the forms of Django's that nobody gets here."""
    model, what = _model_of(name)
    if model is None:
        return False
    of_model = admin.site._registry[model]
    return (what == "add" and not of_model.has_add_permission(request)) or (
        what == "delete" and not of_model.has_delete_permission(request)
    )


def _is_without_row(pattern: URLPattern) -> bool:
    return bool(pattern.pattern.converters) and _model_of(pattern.name or "")[0] in WITHOUT_ROWS


def _address(route: str, pattern: URLPattern, books: Entity, request: HttpRequest) -> str:
    """Within the books, as every link leads to it."""
    name = pattern.name or ""
    if name == "app_list":  # the one address that is a regular expression
        route = f"{PARTS[name]['app_label']}/"
    for converter in pattern.pattern.converters:
        part = PARTS.get(name, {}).get(converter)
        model = OTHER_ROWS.get(converter) or _model_of(name)[0]
        if part is None and model is not None:
            part = str(_row_of(model, books, request, FITTING.get(name)).pk)
        before, _, rest = route.partition("<")
        route = f"{before}{quote(part or '')}{rest.partition('>')[2]}"
    query = ""
    if name in ASKED_FOR:
        model, asked = ASKED_FOR[name]
        row: Any = _row_of(model, books, request)
        query = f"?{urlencode({asked: row.account.code if asked == 'account' else row.pk})}"
    return f"/admin/e/{books.code}/{route}{query}"


def _row_of(model: type[Model], books: Entity, request: HttpRequest, fitting: dict[str, Any] | None = None) -> Model:
    """The first of those that the list of the model shows."""
    registered = admin.site._registry.get(model)
    rows = registered.get_queryset(request) if registered else model._default_manager.all()
    rows = rows.filter(**(fitting or {}))
    if model is Entity:
        rows = rows.filter(pk=books.pk)
    elif model not in OF_NO_BOOKS:
        lookup = LOOKUPS.get(model, "entity")
        rows = rows.filter(**{lookup: books.pk})
    row: Model | None = rows.first()
    if row is None:
        message = f"{model._meta.label}: books of the tests of pages need a row of it"
        raise NothingToShowError(message)
    return row
