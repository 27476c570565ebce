"""A thin client of the API for tests: Django's own, with an API key of one entity."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django.test import Client

from ledgerflow.access.keys import create_key
from ledgerflow.access.scopes import SCOPES
from ledgerflow.books.models import Entity
from tests.approving import allow

NO_JOURNAL = "0190a000-0000-7000-8000-000000000000"  # fixed, so that the names of tests are the same in every process


class Reply:
    """An answer: its status, headers and decoded JSON."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.content: bytes = b"".join(response.streaming_content) if response.streaming else response.content
        response.close()
        is_json = "json" in response.headers.get("Content-Type", "")
        self.json: Any = json.loads(self.content) if self.content and is_json else None

    @property
    def code(self) -> str:
        """The stable code of a problem document."""
        assert self.headers["Content-Type"] == "application/problem+json", self.content
        assert self.json["status"] == self.status
        code: str = self.json["code"]
        return code

    @property
    def pointers(self) -> list[str]:
        """The places a problem document names."""
        return [error["pointer"] for error in self.json["errors"]]


class ApiClient:
    """Requests to the API with a key of `entity` (all scopes unless given; a `person` may do all that they take); every POST gets a key of its own."""

    def __init__(self, entity: Entity, *scopes: str, **given: Any) -> None:
        if given.get("person"):
            allow(given["person"], scopes or SCOPES)
        self.key, self.secret = create_key(entity, "test", scopes or SCOPES, **given)
        self._client = Client(raise_request_exception=False)

    def get(self, path: str, params: dict[str, Any] | None = None, **headers: str) -> Reply:
        return Reply(self._client.get(path, params, headers=self._headers(headers)))

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Reply:
        """`key` "" sends no Idempotency-Key."""
        idempotency = uuid4().hex if key is None else key
        if idempotency:
            headers["idempotency_key"] = idempotency
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Reply:
        return self.send("PATCH", path, body, **headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Any method; `body` is bytes as they are, or anything that becomes JSON."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return Reply(
            self._client.generic(method, path, data, content_type="application/json", headers=self._headers(headers))
        )

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        named = {"authorization": f"Bearer {self.secret}"} | {n.replace("_", "-"): v for n, v in headers.items()}
        return {name: value for name, value in named.items() if value}
