"""Files for tests, kept and attached as the endpoints do it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID, uuid4

from journals.attachments.attaching import Attached, attach, attach_with_journal
from journals.attachments.storing import store
from journals.drafts import AttachedFile, Draft
from journals.events import Answer
from journals.posting import post_with_hook
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import Transaction
from tests.builders import a_transfer, an_account, an_entity, posted

PDF = b"%PDF-1.7\n1 0 obj\n"


def a_file(name: str = "invoice.pdf", content: bytes = PDF) -> AttachedFile:
    return store(name, [content])


def attached(
    entity: Entity, journal: object, name: str = "invoice.pdf", content: bytes = PDF, *, key: str = ""
) -> Attached:
    file = a_file(name, content)
    return attach(entity.id, UUID(str(journal)), [file], key=key or uuid4().hex, actor="test")


def a_book() -> tuple[Entity, UUID]:
    """Books with a journal."""
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    return entity, id_of(posted(entity, a_transfer("cash", "sales", "1.00")))


def id_of(answer: Answer) -> UUID:
    return UUID(json.loads(answer.journal)["id"])


def posted_with(entity: Entity, draft: Draft, files: Sequence[AttachedFile]) -> Answer:
    """What becomes of a draft whose person has kept these files."""

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        attach_with_journal(tx, answers[0], files, draft.actor)

    (answer,) = post_with_hook(entity.id, [draft], hook)
    return answer
