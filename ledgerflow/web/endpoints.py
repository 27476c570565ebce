"""One shape for all endpoints of the API: each is described once, and one list of steps serves all of them.

A room's `api.py` has a function for each endpoint, below its description:

    days = Endpoints("days")

    @days.post(Closing, scope=MANAGE, answer=CloseRecord, problems=CHANGING)
    def day_close(call: Call[Closing], day: str) -> CloseRecord:
        '''Close the day whose turn it is.'''
        return close_day(call.entity_id, day_of(day), actor=call.actor, accept=call.body.accept)

Its name is the operation's, its docstring the operation's description. `view` makes the view of an address from the
endpoints that it has, one for each method. The OpenAPI document is made of the same description (`EndpointSchema`), so
that neither can say what the other does not do.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import (
    Any,
    ClassVar,
    Concatenate,
    Generic,
    Literal,
    NamedTuple,
    Never,
    ParamSpec,
    TypedDict,
    TypeVar,
    Unpack,
)
from uuid import UUID

import msgspec
from django.core.signals import got_request_exception
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.log import log_response
from drf_spectacular.utils import OpenApiParameter
from rest_framework.authentication import BaseAuthentication
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import ApplicationOfKey, MethodNotAllowed, NotAcceptable
from ledgerflow.core.json_bodies import check_dates, decode_json, refuse_duplicate_members
from ledgerflow.web.body import read_body
from ledgerflow.web.callers import NOBODY, Caller, authentication, caller_of
from ledgerflow.web.headers import etag, expected_revision, idempotency_key
from ledgerflow.web.paging import Paging, Position, next_url, page_of, paging_of
from ledgerflow.web.problems import encode, fault_response, response_for
from ledgerflow.web.queries import Parameter, read_query
from ledgerflow.web.schema import JSON, EndpointSchema

Body = TypeVar("Body")
Body_co = TypeVar("Body_co", covariant=True)
Row = TypeVar("Row", bound=Model)
Path = ParamSpec("Path")

IF_GIVEN: Literal["if given"] = "if given"  # the key of an endpoint that makes one where there is none
OPEN = ""  # the scope of an endpoint that asks nobody who he is
REPLAYED = {"Idempotent-Replayed": "true"}
WHOLE = Paging(0, None)
NONE: Mapping[str, Any] = {}
ANY_JSON = frozenset({"*/*", "application/*", JSON})


class Call(NamedTuple, Generic[Body_co]):
    """A request that has passed all steps: who calls, and what he asks for."""

    request: HttpRequest
    caller: Caller
    query: Mapping[str, Any]  # the parameters of the description by name; None where one is not given
    paging: Paging  # of a list; anything else has no use for it
    key: str  # from Idempotency-Key, "" where the endpoint takes none
    expected_revision: int | None  # from If-Match, None for any
    body: Body_co
    text: bytes  # what `body` was decoded from

    @property
    def entity_id(self) -> UUID:
        return self.caller.entity_id

    @property
    def actor(self) -> str:
        return self.caller.actor

    @property
    def entity(self) -> Entity:
        """The caller's books; one query."""
        return Entity.objects.get(id=self.caller.entity_id)

    def rows_of(self, rows: QuerySet[Row], order: Sequence[str]) -> tuple[list[Row], Position | None]:
        """The rows of the page asked for, and the position of the last one when others follow."""
        page = page_of(rows, self.paging, order)
        return page.rows, page.position

    def page(self, rows: QuerySet[Row], order: Sequence[str], show: Callable[[Row], Any]) -> dict[str, Any]:
        """The body of a list: the rows of the page asked for, each as `show` makes it."""
        found, position = self.rows_of(rows, order)
        return self.results(map(show, found), position)

    def results(self, shown: Any, position: Position | None) -> dict[str, Any]:
        """The body of a list whose rows are ready."""
        return {"results": list(shown), "next": self.next_url(position)}

    def next_url(self, position: Position | None) -> str | None:
        """The address of the page after `position`."""
        return next_url(self.request, self.entity_id, position)


class Reply(NamedTuple):
    """An answer with headers of its own, or with another status than the first of the description."""

    content: Any
    headers: Mapping[str, str] = {}
    status: int | None = None


def revised(content: Any) -> Reply:
    """An answer whose member `revision` is its entity tag."""
    return Reply(content, {"ETag": etag(content.revision)})


def once(content: Any, *, is_replayed: bool) -> Reply:
    """The answer to a request with an idempotency key."""
    return Reply(content, REPLAYED if is_replayed else {})


def posted(content: bytes, status: int, *, is_replayed: bool) -> HttpResponse:
    """The same, of JSON that is ready."""
    return HttpResponse(content, JSON, status, headers=REPLAYED if is_replayed else {})


def never(_body: Any, _text: bytes) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """All that is known of an endpoint."""

    method: str
    tag: str
    use: Callable[..., Any]
    scope: str  # the one its caller needs; `use` asks for more where the body does
    or_scope: str = ""  # opens it as well, where `use` asks for the one of both that the body takes
    answer: Any  # a struct, or what `page_of` and `any_of` of `ledgerflow.web.schema` give
    statuses: tuple[int, ...] = (HTTPStatus.OK,)
    problems: tuple[int, ...] = ()  # beside those that every endpoint has
    files: Mapping[Any, Any] | None = None  # what it may answer beside JSON, whatever `Accept` says
    path: Sequence[OpenApiParameter] = ()  # of the address, where more is to say than their names
    query: Sequence[Parameter] = ()
    headers: Sequence[OpenApiParameter] = ()  # that it reads itself
    paged: bool = False
    key: bool | Literal["if given"] = False
    if_match: bool = False
    body: Any = None
    takes_file: bool = False  # the body is a file, which `use` reads itself
    # Whether a body is sure to name no member twice and to hold no NUL; others are looked at closely.
    is_plain: Callable[[Any, bytes], bool] = never
    short: bool = False  # served without middleware (`ledgerflow.web.hotpath`)
    # Open to keys that are bound to an application: `use` sees to it that they run its operations only.
    for_bound_keys: bool = False
    decoder: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.body is not None:
            object.__setattr__(self, "decoder", msgspec.json.Decoder(self.body))

    @property
    def name(self) -> str:
        return self.use.__name__

    @property
    def description(self) -> str:
        return inspect.getdoc(self.use) or ""

    def call(self, request: HttpRequest, found: Caller | None = None) -> Call[Any]:
        """The request after all steps, in this order. Each raises what it refuses.

        `found`: the caller, where REST framework has asked for him already.
        """
        caller = NOBODY
        if self.scope != OPEN:
            caller = found or caller_of(request)
            if self.or_scope not in caller.scopes:
                caller.require(self.scope)
            if caller.application and self.method != "GET" and not self.for_bound_keys:
                raise ApplicationOfKey(application=caller.application)
        meta = request.META
        if self.files is None and (accept := meta.get("HTTP_ACCEPT")):
            _check_accept(accept)
        query = read_query(request, self.query, paged=self.paged) if self.query or meta.get("QUERY_STRING") else NONE
        paging = paging_of(request, caller.entity_id) if self.paged else WHOLE
        key = "" if not self.key else idempotency_key(request, required=self.key != IF_GIVEN)
        text, body = b"", None
        if self.body is not None:
            text = read_body(request) or b"{}"
            body = decode_json(text, self.decoder)
            if not self.is_plain(body, text):
                refuse_duplicate_members(text)
            if not self.short:  # a draft's dates are checked with the draft
                check_dates(body)
        # Last: a precondition is looked at when nothing else is wrong (RFC 9110 section 13.2.1).
        revision = expected_revision(request) if self.if_match else None
        return Call(request, caller, query, paging, key, revision, body, text)

    def serve(self, request: HttpRequest, path: Mapping[str, Any], caller: Caller | None = None) -> HttpResponseBase:
        """The answer; refusals are raised."""
        found = self.use(self.call(request, caller), **path)
        if isinstance(found, HttpResponseBase):
            return found
        content, headers, status = found if isinstance(found, Reply) else Reply(found)
        return HttpResponse(encode(content), JSON, status or self.statuses[0], headers=headers)


class Described(TypedDict, total=False):
    """The rest of a description (`Endpoint`)."""

    statuses: tuple[int, ...]
    problems: tuple[int, ...]
    files: Mapping[Any, Any]
    path: Sequence[OpenApiParameter]
    query: Sequence[Parameter]
    headers: Sequence[OpenApiParameter]
    paged: bool
    key: bool | Literal["if given"]
    if_match: bool
    or_scope: str
    is_plain: Callable[[Any, bytes], bool]
    short: bool
    for_bound_keys: bool


class Endpoints:
    """Describes the endpoints of one tag."""

    def __init__(self, tag: str) -> None:
        self.tag = tag

    def get(
        self, *, scope: str, answer: Any, **more: Unpack[Described]
    ) -> Callable[[Callable[Concatenate[Call[None], Path], Any]], Endpoint]:
        """One that reads."""
        return lambda use: Endpoint(method="GET", tag=self.tag, use=use, scope=scope, answer=answer, **more)

    def post(
        self, body: type[Body], *, scope: str, answer: Any, **more: Unpack[Described]
    ) -> Callable[[Callable[Concatenate[Call[Body], Path], Any]], Endpoint]:
        """One that does something. No body at all is an empty object."""
        return lambda use: Endpoint(method="POST", tag=self.tag, use=use, scope=scope, answer=answer, body=body, **more)

    def upload(
        self, *, scope: str, answer: Any, **more: Unpack[Described]
    ) -> Callable[[Callable[Concatenate[Call[None], Path], Any]], Endpoint]:
        """One whose body is a file."""
        return lambda use: Endpoint(
            method="POST", tag=self.tag, use=use, scope=scope, answer=answer, takes_file=True, **more
        )

    def patch(
        self, body: type[Body], *, scope: str, answer: Any, **more: Unpack[Described]
    ) -> Callable[[Callable[Concatenate[Call[Body], Path], Any]], Endpoint]:
        """One that sets fields; what is left out stays."""
        return lambda use: Endpoint(
            method="PATCH", tag=self.tag, use=use, scope=scope, answer=answer, body=body, **more
        )

    def put(
        self, body: type[Body], *, scope: str, answer: Any, **more: Unpack[Described]
    ) -> Callable[[Callable[Concatenate[Call[Body], Path], Any]], Endpoint]:
        """One that sets all of something; the same again changes nothing."""
        return lambda use: Endpoint(method="PUT", tag=self.tag, use=use, scope=scope, answer=answer, body=body, **more)

    def delete(
        self, *, scope: str, answer: Any, **more: Unpack[Described]
    ) -> Callable[[Callable[Concatenate[Call[None], Path], Any]], Endpoint]:
        """One that ends something, and answers with what it was."""
        return lambda use: Endpoint(method="DELETE", tag=self.tag, use=use, scope=scope, answer=answer, **more)


class EndpointView(APIView):
    """The endpoints of one address, the ordinary way: REST framework routes, authenticates and answers refusals."""

    endpoints: ClassVar[dict[str, Endpoint]] = {}
    schema = EndpointSchema()
    # Another project has settings of REST framework for views of its own: none of them is for these.
    permission_classes = ()  # each endpoint names the scope it needs
    throttle_classes = ()
    versioning_class = None

    def get_authenticators(self) -> list[BaseAuthentication]:
        is_open = all(endpoint.scope == OPEN for endpoint in self.endpoints.values())
        return [] if is_open else [authentication()]

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]  # Django's, not REST framework's
        """Refusals become problem documents, and faults too, whatever the project's handler500 makes of its own."""
        response = response_for(exc)
        if response is None:
            got_request_exception.send(sender=None, request=self.request._request)  # noqa: SLF001 - as below
            response = fault_response()
            log_response("%s: %s", response.reason_phrase, self.request.path, response=response,
                         request=self.request._request, exception=exc)  # fmt: skip  # noqa: SLF001
        return response

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:  # noqa: ARG002, FBT001, FBT002 - REST framework's signature
        """JSON, whatever is asked for: the endpoint's own step says whether that will do."""
        return JSONRenderer(), JSON

    def serve(self, request: Request, **path: Any) -> HttpResponseBase:
        method = "GET" if request.method == "HEAD" else str(request.method)
        caller: Any = request.auth
        return self.endpoints[method].serve(request._request, path, caller)  # noqa: SLF001 - REST framework's name for it

    @property
    def allowed_methods(self) -> list[str]:
        return list(self.endpoints)

    def http_method_not_allowed(self, request: HttpRequest, *_args: Any, **_path: Any) -> Never:
        raise MethodNotAllowed(method=request.method)


def view(*endpoints: Endpoint) -> Callable[..., HttpResponseBase]:
    """The view of an address with these endpoints."""
    by_method = {endpoint.method: endpoint for endpoint in endpoints}
    handlers: dict[str, Any] = {method.lower(): EndpointView.serve for method in by_method}
    names = [*handlers, *(["head"] if "get" in handlers else [])]
    made: type[EndpointView] = type(
        "View", (EndpointView,), {"endpoints": by_method, "http_method_names": names, **handlers}
    )
    # The writer has a connection of its own: a transaction around the request would only hold what it reads.
    return transaction.non_atomic_requests(made.as_view())


def endpoints_of(callback: Any) -> dict[str, Endpoint]:
    """The endpoints of an address by method, found by its view; none where it has another kind of view."""
    found: dict[str, Endpoint] = getattr(getattr(callback, "cls", None), "endpoints", {})
    return found


def serve_short(endpoint: Endpoint, request: HttpRequest) -> HttpResponseBase:
    """Answer a request the short way: refusals become problem documents, faults are raised."""
    try:
        return endpoint.serve(request, NONE)
    except Exception as error:
        response = response_for(error)
        if response is None:
            raise
        return response


def _check_accept(accept: str) -> None:
    if accept not in ANY_JSON and ANY_JSON.isdisjoint(part.partition(";")[0].strip() for part in accept.split(",")):
        raise NotAcceptable(accepted=JSON)
