"""The admin pages of matching as somebody at his desk uses them."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from ledgerflow.books.models import Entity
from recon.matching.rows import Bank
from tests.builders import an_entity
from tests.matches.banking import a_bank


class Desk:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.entity: Entity = an_entity()
        self.bank: Bank = a_bank(self.entity)

    def at(self, path: str) -> str:
        joint = "&" if "?" in path else "?"
        return f"/admin/matching/{path}{joint}entity={self.entity.code}"

    def page(self, path: str) -> str:
        reply = self.client.get(self.at(path))
        assert reply.status_code == 200, reply
        return reply.content.decode()

    def hidden(self, page: str) -> dict[str, str]:
        """What the form of a page holds that nobody types."""
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
        return {name: value for name, value in found if name not in {"csrfmiddlewaretoken", "lines", "postings"}}

    def send(self, path: str, **given: Any) -> str:
        """Fill in a form as a browser does: what it holds, and what was typed."""
        typed = self.hidden(self.page(path)) | given
        return self.client.post(self.at(path), typed, follow=True).content.decode()

    def sent(self, path: str, **given: Any) -> str:
        """The same of a form that was open already, and holds what is given."""
        return self.client.post(self.at(path), given, follow=True).content.decode()
