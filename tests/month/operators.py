"""Somebody who reconciles a bank account: through the API, or on the command line."""

from __future__ import annotations

import json
from base64 import b64encode
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

from django.core.management import call_command

from ledgerflow.books.models import Entity
from tests.client import ApiClient
from tests.month.a_month import BANK, COLUMNS, LAST
from tests.statements.banking import IBAN

Answer = dict[str, Any]


class Operator(Protocol):
    """What somebody does in his hour; lines are named by their ids, postings by their versions."""

    def set_account(self) -> None: ...
    def import_file(self, name: str, data: bytes) -> None: ...
    def run(self) -> None: ...
    def lines(self) -> list[Answer]: ...
    def postings(self) -> list[Answer]: ...
    def exceptions(self) -> list[Answer]: ...
    def match(self, lines: list[str], postings: list[int]) -> Answer: ...
    def unmatch(self, match: str) -> None: ...
    def split(self, line: str, *parts: tuple[str, str]) -> Answer: ...
    def post(self, template: str, lines: list[str], postings: list[int]) -> Answer: ...
    def resolve(self, exception: str, resolution: str, note: str) -> None: ...
    def report(self) -> Answer: ...
    def finish(self) -> Answer: ...


class ByApi:
    """The endpoints."""

    def __init__(self, entity: Entity) -> None:
        self._client = ApiClient(entity)
        self._bank = f"/api/recon/bank-accounts/{BANK}"

    def set_account(self) -> None:
        body = {"name": "House bank", "identifier": IBAN, "column_map": COLUMNS}
        assert self._client.send("PUT", self._bank, body, if_match='"0"').status == 200

    def import_file(self, name: str, data: bytes) -> None:
        content = b64encode(data).decode()
        self._post("/api/recon/statements", {"account": BANK, "file_name": name, "content": content})

    def run(self) -> None:
        self._post(f"{self._bank}/reconcile", {})

    def lines(self) -> list[Answer]:
        return self._list(f"{self._bank}/unmatched-lines")

    def postings(self) -> list[Answer]:
        return self._list(f"{self._bank}/unmatched-postings")

    def exceptions(self) -> list[Answer]:
        return self._list("/api/recon/exceptions", account=BANK, status="unresolved")

    def match(self, lines: list[str], postings: list[int]) -> Answer:
        return self._post(f"{self._bank}/matches", {"lines": lines, "postings": postings})

    def unmatch(self, match: str) -> None:
        self._post(f"/api/recon/matches/{match}/unmatch", {"reason": "the other customer"})

    def split(self, line: str, *parts: tuple[str, str]) -> Answer:
        told = [{"amount": amount, "customer_reference": reference} for amount, reference in parts]
        return self._post(f"/api/recon/lines/{line}/split", {"parts": told})

    def post(self, template: str, lines: list[str], postings: list[int]) -> Answer:
        return self._post(f"{self._bank}/differences", {"template": template, "lines": lines, "postings": postings})

    def resolve(self, exception: str, resolution: str, note: str) -> None:
        body = {"action": "resolve", "resolution": resolution, "note": note}
        self._post(f"/api/recon/exceptions/{exception}/actions", body)

    def report(self) -> Answer:
        return dict(self._client.get("/api/reports/recon", {"date": str(LAST), "account": BANK}).json)

    def finish(self) -> Answer:
        return self._post(f"{self._bank}/finish", {"date": str(LAST)})

    def _post(self, path: str, body: Answer) -> Answer:
        answer = self._client.post(path, body)
        assert answer.status in {200, 201}, answer.json
        return dict(answer.json)

    def _list(self, path: str, **params: str) -> list[Answer]:
        return list(self._client.get(path, params | {"limit": "100"}).json["results"])


class ByCommand:
    """`manage.py recon`."""

    def __init__(self, entity: Entity, folder: Path) -> None:
        self._entity, self._folder = entity, folder

    def set_account(self) -> None:
        columns = self._folder / "columns.json"
        columns.write_text(json.dumps(COLUMNS))
        self._told("set-account", "--name", "House bank", "--identifier", IBAN, "--column-map", str(columns))

    def import_file(self, name: str, data: bytes) -> None:
        file = self._folder / name
        file.write_bytes(data)
        self._told("import", str(file))

    def run(self) -> None:
        self._told("run")

    def lines(self) -> list[Answer]:
        return list(self._json("unmatched")["lines"])

    def postings(self) -> list[Answer]:
        return list(self._json("unmatched")["postings"])

    def exceptions(self) -> list[Answer]:
        return list(self._json("exceptions"))

    def match(self, lines: list[str], postings: list[int]) -> Answer:
        return dict(self._json("match", *_items(lines, postings)))

    def unmatch(self, match: str) -> None:
        self._told("unmatch", match, "--reason", "the other customer")

    def split(self, line: str, *parts: tuple[str, str]) -> Answer:
        return dict(self._json("split", line, *(f"--part={amount}:{reference}" for amount, reference in parts)))

    def post(self, template: str, lines: list[str], postings: list[int]) -> Answer:
        return dict(self._json("post", "--template", template, *_items(lines, postings)))

    def resolve(self, exception: str, resolution: str, note: str) -> None:
        self._told("resolve", exception, "--resolution", resolution, "--note", note)

    def report(self) -> Answer:
        file = self._folder / "report.json"
        self._told("report", "--date", str(LAST), "--format", "json", "--output", str(file))
        return dict(json.loads(file.read_text()))

    def finish(self) -> Answer:
        return dict(self._json("finish", "--date", str(LAST)))

    def _told(self, what: str, *arguments: str) -> str:
        out = StringIO()
        call_command("recon", what, *arguments, "--entity", self._entity.code, "--account", BANK, stdout=out)
        return out.getvalue()

    def _json(self, what: str, *arguments: str) -> Any:
        return json.loads(self._told(what, *arguments, "--json"))


def _items(lines: list[str], postings: list[int]) -> list[str]:
    return [
        *(["--line", *lines] if lines else []),
        *(["--posting", *map(str, postings)] if postings else []),
    ]  # fmt: skip
