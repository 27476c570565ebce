"""Content for tests of something else."""

from __future__ import annotations

from typing import Any

from ledgerflow.books.models import Entity
from tests.client import ApiClient


def some_content(entity: Entity, title: str = "On trees", owner: str = "ann") -> dict[str, Any]:
    """A piece that its author paid for and opened, with its id as addresses have it."""
    client = ApiClient(entity)
    buying = {"application": "content", "operation": "CREDIT_ADD", "owner_id": owner, "amount": "6"}
    bought = client.post("/api/credits/operations", buying)
    assert bought.status == 201, bought.json
    made = client.post("/content", {"owner_id": owner, "title": title})
    assert made.status == 201, made.json
    piece = made.json["id"]
    assert client.post(f"/content/{piece}/access", {"owner_id": owner}, key="").json["cost"] == 1
    return {"piece_id": piece}
