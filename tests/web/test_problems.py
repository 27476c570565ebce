"""Error answers: one shape, whoever found the error."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import get_resolver

from ledgerflow.books.errors import QueueFull
from ledgerflow.core.errors import FieldErrors, LedgerError, OutcomeUnknown
from ledgerflow.web.problems import problem, response_for, server_error
from tests.builders import an_entity
from tests.client import ApiClient, Reply

MEMBERS = {"type", "title", "status", "detail", "code", "errors", "data", "retryable"}


def handled(error: Exception) -> Reply:
    response = response_for(error)
    assert response is not None
    return Reply(response)


@pytest.mark.parametrize(
    "error, status, code",
    [
        (PermissionDenied(), 403, "permission_missing"),
        (Http404(), 404, "not_found"),
        (OperationalError("server closed the connection"), 503, "try_again"),
    ],
)
def test_what_frameworks_raise_becomes_a_problem_document(error: Exception, status: int, code: str) -> None:
    reply = handled(error)
    assert (reply.status, reply.code) == (status, code)
    assert reply.json.keys() == MEMBERS


def test_several_wrong_fields_are_all_named() -> None:
    document = problem(FieldErrors({"/a": "is bad", "/b": "is worse"}), pointer_prefix="/items/2")
    assert [error["pointer"] for error in document["errors"]] == ["/items/2/a", "/items/2/b"]


def test_what_can_be_tried_again_says_when() -> None:
    busy = handled(QueueFull("Too many wait."))
    assert (busy.status, busy.json["retryable"], busy.headers["Retry-After"]) == (503, True, "1")
    unknown = handled(OutcomeUnknown("Nobody knows."))
    assert (unknown.status, unknown.json["retryable"], unknown.headers["Retry-After"]) == (504, True, "1")


def test_a_fault_of_ours_is_not_handled_but_reported() -> None:
    assert response_for(RuntimeError("secret detail")) is None


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


@pytest.mark.parametrize(
    "accept", ["", "*/*", "text/html, */*;q=0.1", "application/json; charset=utf-8", "application/*"]
)
def test_a_client_that_accepts_json_gets_it(accept: str) -> None:
    reply = ApiClient(an_entity()).get("/api/journals", accept=accept)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_another_method_is_refused_and_the_known_ones_are_named(method: str) -> None:
    reply = ApiClient(an_entity()).send(method, "/api/accounts")
    assert (reply.status, reply.code, reply.headers["Allow"]) == (405, "method_not_allowed", "GET, POST")
    assert reply.json["data"] == {"method": method}


def test_a_parameter_that_nobody_knows_is_refused_by_what_writes_too() -> None:
    """Whoever takes `dry_run` for a parameter would post for good."""
    reply = ApiClient(an_entity()).post("/api/transfers?dry_run=true", {})
    assert (reply.code, reply.pointers) == ("malformed", ["/dry_run"])


def test_every_refusal_of_the_ledger_becomes_a_document() -> None:
    def kinds(parent: type[LedgerError]) -> list[type[LedgerError]]:
        return [kind for child in parent.__subclasses__() for kind in [child, *kinds(child)]]

    for kind in kinds(LedgerError):
        make: Any = kind
        error = make({"/a": "x"}) if issubclass(kind, FieldErrors) else make("x", amount=1)
        reply = handled(error)
        assert (reply.status, reply.code) == (kind.status, kind.code)
        assert json.loads(reply.content)["retryable"] is kind.retryable


def test_the_error_pages_are_wired() -> None:
    resolver = get_resolver()
    assert resolver.resolve_error_handler(404).__module__ == "ledgerflow.web.problems"
    assert resolver.resolve_error_handler(500).__module__ == "ledgerflow.web.problems"
