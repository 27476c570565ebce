"""The served OpenAPI schema describes what the API does: random requests made from it, good and bad, never break it."""

from __future__ import annotations

import re
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.conf import settings
from django.test import Client
from schemathesis import GenerationMode, checks
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from ledgerflow.wsgi import application
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.client import ApiClient
from tests.read_models.projecting import project
from tests.routes import METHODS, all_routes

EXAMPLES = 3  # of requests for each operation that fit the schema, and as many that do not
UNDESCRIBED = {"schema", "docs", "swagger", "redoc"}
OPERATIONS = [
    ("/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route.template), method)
    for route in all_routes()
    for method in route.methods
    if route.name not in UNDESCRIBED
]
# No parameter and no body that could be wrong.
TAKING_NOTHING = {
    ("/health", "GET"), ("/api/health", "GET"), ("/api/health/live", "GET"), ("/api/health/ready", "GET"), ("/api/entity", "GET"),
    ("/api/entity/base-currency", "GET"), ("/api/credits/applications", "GET"),
    ("/api/fx/policy", "GET"), ("/api/days/next", "GET"), ("/api/day-policy", "GET"), ("/api/event-types", "GET"),
    ("/api/checkpoints/key", "GET"), ("/api/sinks", "GET"), ("/api/recon/match-rules", "GET"),
    ("/api/recon/bank-accounts/{code}", "GET"), ("/api/recon/bank-accounts/{code}/match-rules", "GET"),
    ("/api/dimensions/{dimension}", "GET"), ("/api/dimensions/{dimension}/values/{value}", "GET"),
    ("/api/accounts/{code}/dimensions", "GET"), ("/api/credits/applications/{application}", "GET"),
}  # fmt: skip
# Each item is refused by itself there, within an answer of 200.
TAKING_ITEMS = {
    "/api/journals/batch", "/api/opening-balances", "/api/commands/batch", "/api/operations/batch",
    "/api/credits/operations/batch",
}  # fmt: skip
CHECKS = [
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of the change feed may be held for half a minute, and any request may ask for that."""
    monkeypatch.setattr(settings, "LEDGERFLOW_FEED_WAIT_SECONDS", 1)


@pytest.fixture(scope="module")
def served() -> dict[str, Any]:
    response = Client().get("/api/schema", headers={"accept": "application/json"})
    assert response.status_code == 200
    document: dict[str, Any] = response.json()
    return document


@pytest.fixture(scope="module")
def api_schema() -> Any:
    config = SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False}})
    return schemathesis.openapi.from_wsgi("/api/schema", application, config=config)


@pytest.fixture(scope="module")
def secret() -> str:
    """A key of books with something in them."""
    entity = an_entity(dimensions=["cost_centre"])
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    posted(entity, a_transfer("CASH", "SALES", "1.00"))
    project(entity)
    return ApiClient(entity).secret


def test_every_route_and_method_is_described(served: dict[str, Any]) -> None:
    described = [
        (path, method) for path, item in served["paths"].items() for method in METHODS if method.lower() in item
    ]
    assert sorted(described) == sorted(OPERATIONS)


def test_every_operation_that_needs_a_key_says_so(served: dict[str, Any]) -> None:
    for path, item in served["paths"].items():
        for operation in item.values():
            assert ("/health" in path) != ({"ApiKey": []} in operation.get("security", []))


def test_every_error_is_described_as_a_problem(served: dict[str, Any]) -> None:
    for item in served["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                if status[0] in "45" and "health" not in operation["operationId"]:
                    assert list(response["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("path", ["/api/docs", "/docs", "/redoc"])
def test_the_docs_pages_are_served_with_our_own_files(path: str) -> None:
    page = Client().get(path)
    assert page.status_code == 200
    assert b"/static/drf_spectacular_sidecar/" in page.content
    assert not re.search(rb"(?:src|href)=.https?:", page.content)


# This client of WSGI never closes an answer, as a server must: the file behind a download stays open.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <function SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize(
    "path, method, mode",
    [
        pytest.param(path, method, mode, id=f"{method} {path} {mode.value}")
        for path, method in OPERATIONS
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or (path, method) not in TAKING_NOTHING
    ],
)
def test_the_api_keeps_to_its_schema(
    api_schema: Any, secret: str, path: str, method: str, mode: GenerationMode
) -> None:
    """Requests that fit the schema, and requests that do not: the answer is one that is described."""
    operation = api_schema[path][method]
    takes_items = path in TAKING_ITEMS

    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def keeps_to_it(case: schemathesis.Case[Any]) -> None:
        case.headers["Authorization"] = f"Bearer {secret}"
        if mode is GenerationMode.POSITIVE and (case.query or {}).get("min_sequence"):
            case.query["min_sequence"] = 1  # a later one is waited for, and answered by 503
        case.call_and_validate(checks=CHECKS, excluded_checks=[negative_data_rejection] if takes_items else [])

    keeps_to_it()
