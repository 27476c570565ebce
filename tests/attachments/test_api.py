"""Attachments over HTTP: the body is the file, and what comes back is a file to save."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from pytest_django import Settings

from journals.attachments.storing import place_of
from tests.attachments.filing import PDF, a_book
from tests.client import NO_JOURNAL, ApiClient, Reply

NAME = "Rechnung Ørsted.pdf"


def test_a_file_is_attached_listed_and_fetched(settings: Settings) -> None:
    entity, journal = a_book()
    client, path = ApiClient(entity), f"/api/journals/{journal}/attachments"

    def sent(name: str, content: bytes, key: str = "k", path: str = path) -> Reply:
        return client.send("POST", f"{path}?name={quote(name)}", content, idempotency_key=key)

    made = sent(NAME, PDF)
    assert (made.status, made.json["name"], made.json["size"], made.json["number"]) == (201, NAME, len(PDF), 1)
    assert (made.json["content_type"], made.json["actor"]) == ("application/pdf", f"key:{client.key.pk}")
    again = sent(NAME, PDF)
    assert (again.status, again.headers["Idempotent-Replayed"], again.json) == (201, "true", made.json)
    for name, content, key, status, code in (
        (NAME, PDF + b"2", "k", 422, "idempotency_key_reused"), (NAME, PDF, "k2", 409, "attached_already"),
        ("a.exe", b"MZ", "k3", 422, "attachment_type_refused"), ("a.pdf", b"MZ", "k3", 422, "attachment_type_refused"),
        ("a.pdf", b"", "k3", 422, "attachment_empty"), ("a\n.pdf", PDF, "k3", 400, "malformed"),
        ("a.pdf", PDF + b"3", "", 400, "idempotency_key_missing"), ("", PDF, "k3", 400, "malformed"),
    ):  # fmt: skip
        refused = sent(name, content, key)
        assert (refused.status, refused.code) == (status, code), (name, refused.json)
    settings.LEDGERFLOW_ATTACHMENT_BYTES = 10
    assert sent("a.pdf", PDF + b"4", "k3").code == "body_too_large"
    settings.LEDGERFLOW_ATTACHMENT_BYTES = 100
    assert sent(NAME, PDF, "k3", f"/api/journals/{NO_JOURNAL}/attachments").status == 404
    assert client.get(path).json["results"] == [made.json]
    sha256 = made.json["sha256"]
    file = client.get(f"{path}/{sha256}")
    assert (file.status, file.content, file.headers["Content-Type"]) == (200, PDF, "application/pdf")
    assert file.headers["Content-Disposition"] == f"attachment; filename*=utf-8''{quote(NAME)}"
    assert file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"{path}/{'f' * 64}").status == 404
    assert client.get(f"/api/journals/{journal}").json["journal"].get("attachments") is None
    place = place_of(sha256)
    place.write_bytes(PDF + b"changed")
    assert client.get(f"{path}/{sha256}").code == "attachment_changed"
    place.unlink()
    assert (gone := client.get(f"{path}/{sha256}")).code == "attachment_missing"
    assert gone.status == 503
    sent(NAME, PDF)  # whole again for the tests that have the same file


@pytest.mark.parametrize("scope, method, status", [("read", "POST", 403), ("post", "GET", 403), ("read", "GET", 200)])
def test_scopes(scope: str, method: str, status: int) -> None:
    entity, journal = a_book()
    reply = ApiClient(entity, scope).send(
        method, f"/api/journals/{journal}/attachments?{'name=a.pdf' * (method == 'POST')}"
    )
    assert reply.status == status
