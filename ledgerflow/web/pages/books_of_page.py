"""The books that a page of the admin is about: those that its address names, as in `/admin/e/<code>/journals/journal/`.

Two windows of one browser can be in two books, because nothing but the address says which. The session only suggests
where to begin. A site that is a plain `AdminSite` has no such addresses: there `?entity=` says it, and the session
remembers.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast
from weakref import WeakKeyDictionary

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseRedirectBase

from ledgerflow.books.models import Entity
from ledgerflow.core.people import look_at_books, may

VIEW_BOOKS = "books.view_entity"
REMEMBERED = "ledgerflow_entity"  # in the session
PART = "e/"  # of an address, between that of the admin and the code of the books


class InOtherBooks(Exception):
    """Raised by a page whose address names no books, or others than those it is about."""

    def __init__(self, entity: Entity, *, may_repeat: bool) -> None:
        super().__init__(entity.code)
        self.entity = entity
        # Whether what was sent may be sent again to the right address, because it said itself which books it means.
        self.may_repeat = may_repeat


class _Repeat(HttpResponseRedirectBase):
    """Unlike 302, 307 keeps the method and the body."""

    status_code = HTTPStatus.TEMPORARY_REDIRECT


_named: WeakKeyDictionary[HttpRequest, Entity | None] = WeakKeyDictionary()
_chosen: WeakKeyDictionary[HttpRequest, Entity | None] = WeakKeyDictionary()  # every filter of a page asks


def name_books(request: HttpRequest, entity: Entity | None) -> None:
    """Say which books the address names, None for none. For sites whose addresses name books."""
    _named[request] = entity
    look_at_books(request.user, entity.pk if entity is not None else None)
    _chosen.pop(request, None)


def named_books(request: HttpRequest) -> Entity | None:
    """The books in the address; None where it has none."""
    return _named.get(request)


def chosen_entity(request: HttpRequest) -> Entity | None:
    """The books that the page is about. None where there are no books at all, or nothing has the code of `?entity=`.

    Raises `InOtherBooks` where the address names none, or others than `?entity=`; the site then leads there.
    """
    if request not in _chosen:
        _chosen[request] = _choose(request) if request in _named else _choose_by_session(request)
    return _chosen[request]


def keep_in_books(request: HttpRequest, row: Model | None) -> None:
    """Raise `InOtherBooks` where the address names other books than those of the row that the page is about."""
    if row is None or request not in _named:
        return
    entity_id = row.pk if isinstance(row, Entity) else getattr(row, "entity_id", None)
    here = _named[request]
    if entity_id is not None and (here is None or here.pk != entity_id):
        there = Entity.objects.get(pk=entity_id)
        if not may_enter(request.user, there):
            raise Http404
        raise InOtherBooks(there, may_repeat=here is None)


def entity_with(code: str) -> Entity | None:
    return Entity.objects.filter(code=code).first() if code and "\x00" not in code else None


def books_open_to(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Entity]:
    """The books that this person may see, by code. At most one query besides theirs."""
    if cast("User", user).is_superuser:
        return Entity.objects.all()
    keys = Entity.objects.order_by().values_list("pk", flat=True)
    return Entity.objects.filter(pk__in=[key for key in keys if may(user, VIEW_BOOKS, key)])


def may_enter(user: AbstractBaseUser | AnonymousUser, entity: Entity) -> bool:
    """Whether there is anything in these books that this person may do."""
    person: Any = user
    return bool(person.is_superuser or person.get_all_permissions(entity.pk))


def suggested_entity(request: HttpRequest) -> Entity | None:
    """Where to begin: the books of the last page, else the first by code that this person may see."""
    last = entity_with(request.session.get(REMEMBERED, ""))
    return last if last is not None and may_enter(request.user, last) else books_open_to(request.user).first()


def remember(request: HttpRequest, entity: Entity) -> None:
    if request.session.get(REMEMBERED) != entity.code:
        request.session[REMEMBERED] = entity.code


def lead_to(request: HttpRequest, root: str, found: InOtherBooks) -> HttpResponse:
    """The same page in the right books. `root` is the address of the admin, which that of the request begins with."""
    rest = request.path.removeprefix(root)
    if rest.startswith(PART):
        rest = rest.removeprefix(PART).partition("/")[2]
    query = request.GET.copy()
    query.pop("entity", None)
    address = f"{address_of_books(root, found.entity.code)}{rest}{'?' if query else ''}{query.urlencode()}"
    may_repeat = found.may_repeat and request.method not in {"GET", "HEAD"}
    response: HttpResponse = (_Repeat if may_repeat else HttpResponseRedirect)(address)
    return response


def address_of_books(root: str, code: str) -> str:
    """The address of Home of these books, with which all their others begin."""
    return f"{root}{PART}{code}/"


def _choose(request: HttpRequest) -> Entity | None:
    asked = request.GET.get("entity", "").strip()
    here = _named[request]
    is_other = asked and (here is None or here.code != asked)
    wanted = entity_with(asked) if is_other else here or suggested_entity(request)
    if is_other and wanted is not None and not may_enter(request.user, wanted):
        wanted = None
    if wanted is not None and wanted != here:
        raise InOtherBooks(wanted, may_repeat=bool(asked))
    return wanted


def _choose_by_session(request: HttpRequest) -> Entity | None:
    asked = request.GET.get("entity", "").strip()
    if not asked:
        return suggested_entity(request)
    entity = entity_with(asked)
    if entity is not None:
        remember(request, entity)
    return entity
