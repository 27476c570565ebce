"""Error answers: one shape, whoever found the error."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import get_resolver
from rest_framework import exceptions

from ledgerflow.books.errors import QueueFull
from ledgerflow.core.errors import FieldErrors, LedgerError, OutcomeUnknown
from ledgerflow.web.problems import exception_handler, pointer_of, problem, server_error
from tests.builders import an_entity
from tests.client import ApiClient, Reply

MEMBERS = {"type", "title", "status", "detail", "code", "errors", "data", "retryable"}


def handled(error: Exception) -> Reply:
    response = exception_handler(error, {})
    assert response is not None
    return Reply(response)


@pytest.mark.parametrize(
    "error, status, code",
    [
        (exceptions.ParseError(), 400, "malformed"),
        (exceptions.ValidationError("no"), 400, "malformed"),
        (exceptions.NotAuthenticated(), 401, "unauthenticated"),
        (exceptions.AuthenticationFailed(), 401, "unauthenticated"),
        (exceptions.PermissionDenied(), 403, "permission_missing"),
        (PermissionDenied(), 403, "permission_missing"),
        (exceptions.NotFound(), 404, "not_found"),
        (Http404(), 404, "not_found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.NotAcceptable(), 406, "not_acceptable"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "unsupported_media_type"),
        (exceptions.Throttled(), 429, "too_many_requests"),
        (OperationalError("server closed the connection"), 503, "try_again"),
        (exceptions.APIException(), 500, "error"),
    ],
)
def test_what_frameworks_raise_becomes_a_problem_document(error: Exception, status: int, code: str) -> None:
    reply = handled(error)
    assert (reply.status, reply.code) == (status, code)
    assert reply.json.keys() == MEMBERS


def test_each_field_of_a_validation_error_has_its_pointer() -> None:
    detail: Any = {"a": ["is bad"], "b/c": {"d": [{}, {"e": ["too", "much"]}]}, "non_field_errors": ["together"]}
    reply = handled(exceptions.ValidationError(detail))
    assert [(error["pointer"], error["detail"]) for error in reply.json["errors"]] == [
        ("/a", "is bad"),
        ("/b~1c/d/1/e", "too"),
        ("/b~1c/d/1/e", "much"),
        ("", "together"),
    ]


def test_several_wrong_fields_are_all_named() -> None:
    document = problem(FieldErrors({"/a": "is bad", "/b": "is worse"}), pointer_prefix="/items/2")
    assert [error["pointer"] for error in document["errors"]] == ["/items/2/a", "/items/2/b"]


def test_what_can_be_tried_again_says_when() -> None:
    busy = handled(QueueFull("Too many wait."))
    assert (busy.status, busy.json["retryable"], busy.headers["Retry-After"]) == (503, True, "1")
    unknown = handled(OutcomeUnknown("Nobody knows."))
    assert (unknown.status, unknown.json["retryable"], unknown.headers["Retry-After"]) == (504, True, "1")
    throttled = handled(exceptions.Throttled(wait=7))
    assert (throttled.status, throttled.json["retryable"], throttled.headers["Retry-After"]) == (429, True, "8")


def test_a_fault_of_ours_is_not_handled_but_reported() -> None:
    assert exception_handler(RuntimeError("secret detail"), {}) is None


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/transfers/", "/api/journals/not-a-uuid"])
def test_an_address_that_is_not_there_is_a_problem_below_api(path: str) -> None:
    reply = Reply(Client().get(path))
    assert (reply.status, reply.code) == (404, "not_found")


def test_outside_of_the_api_errors_are_pages() -> None:
    assert Client().get("/nothing").headers["Content-Type"].startswith("text/html")
    assert server_error(RequestFactory().get("/admin/")).headers["Content-Type"].startswith("text/html")


def test_a_host_that_is_not_served_is_a_problem_below_api() -> None:
    client = Client(headers={"host": "evil.example"})
    assert Reply(client.get("/api/health")).code == "malformed"
    assert client.get("/admin/").headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("name", ["transfers", "journals", "accounts"])
def test_a_fault_of_ours_says_nothing_about_the_inside(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts.models import Account
    from journals.api import views

    def broken(*_: Any, **__: Any) -> None:
        message = "secret detail"
        raise RuntimeError(message)

    monkeypatch.setattr(views, "post", broken)
    monkeypatch.setattr(views, "list_journals", broken)
    monkeypatch.setattr(Account, "objects", None)
    client = ApiClient(an_entity())
    body = {"debit_account": "A", "credit_account": "B", "amount": "1"}
    reply = client.post("/api/transfers", body) if name == "transfers" else client.get(f"/api/{name}")
    assert (reply.status, reply.code) == (500, "internal_error")
    assert b"secret" not in reply.content


def test_a_client_that_accepts_no_json_is_told_so() -> None:
    reply = ApiClient(an_entity()).get("/api/journals", accept="text/html")
    assert (reply.status, reply.code) == (406, "not_acceptable")


def test_every_refusal_of_the_ledger_becomes_a_document() -> None:
    def kinds(parent: type[LedgerError]) -> list[type[LedgerError]]:
        return [kind for child in parent.__subclasses__() for kind in [child, *kinds(child)]]

    for kind in kinds(LedgerError):
        error = kind({"/a": "x"}) if kind is FieldErrors else kind("x", amount=1)
        reply = handled(error)
        assert (reply.status, reply.code) == (kind.status, kind.code)
        assert json.loads(reply.content)["retryable"] is kind.retryable


@pytest.mark.parametrize(
    "path, pointer",
    [
        ("", ""),
        (".amount", "/amount"),
        (".items[3].amount", "/items/3/amount"),
        ("[0]", "/0"),
        (".dimensions[...]", "/dimensions"),
        (".metadata[...].deep", "/metadata"),
    ],
)
def test_a_path_becomes_a_pointer(path: str, pointer: str) -> None:
    assert pointer_of(path) == pointer


def test_the_error_pages_are_wired() -> None:
    resolver = get_resolver()
    assert resolver.resolve_error_handler(404).__module__ == "ledgerflow.web.problems"
    assert resolver.resolve_error_handler(500).__module__ == "ledgerflow.web.problems"
