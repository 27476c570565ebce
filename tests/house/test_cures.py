"""Where findings of the close lead to: each is a page of the admin, also of those that are seldom found."""

from __future__ import annotations

import re
from uuid import UUID

from django.urls import reverse

from tests.house.test_rooms import ROOMS, modules

CURE = re.compile(r'\bCure\(\s*"[^"]+",\s*"(?P<view>\w+)"(?P<row>,)?')


def test_every_cure_is_a_page_of_the_admin() -> None:
    texts = [path.read_text() for room in ROOMS for path in modules(room)]
    cures = {(found["view"], bool(found["row"])) for text in texts for found in CURE.finditer(text)}
    assert ("deals_settlement_change", True) in cures
    for view, of_a_row in cures:
        assert reverse(f"admin:{view}", args=[UUID(int=1)] if of_a_row else []).startswith("/admin/")
