"""Applications that are kept in books, made active by two people."""

from __future__ import annotations

from apps.credits.catalogue.versions import APPLICATIONS, PERMISSION
from apps.credits.files import converted, read_toml
from apps.credits.models import ApplicationVersion
from ledgerflow.approvals.use_cases import decide
from ledgerflow.books.models import Entity
from tests.approving import a_person

LOYALTY = """
name = "loyalty"

[[operations]]
name = "BIRTHDAY_GIFT"
direction = "grant"
amount = {fixed = 50}
once_per = "ever"
expires_after_days = 30

[[operations]]
name = "COFFEE"
direction = "spend"
amount = {least = 1, most = 20, default = 5}
"""


def drafted(entity: Entity, text: str = LOYALTY) -> ApplicationVersion:
    """A version that is in the books and not used yet."""
    said = converted(read_toml(text))
    return APPLICATIONS.draft(entity.id, said.name, said, actor="test").version


def kept(entity: Entity, text: str = LOYALTY) -> ApplicationVersion:
    """A version that is drafted and made active."""
    version = drafted(entity, text)
    one, other = a_person(PERMISSION), a_person(PERMISSION)
    proposal = APPLICATIONS.propose(entity.id, version.code, version.number, reason="x", person=one, via=one)
    outcome = decide(entity.id, proposal.id, "approved", person=other, via=other)
    assert outcome.failure is None, outcome.failure
    return APPLICATIONS.version_in(entity.id, version.code, version.number)
