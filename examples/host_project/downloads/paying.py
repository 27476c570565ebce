"""Two right ways to do something in the shop and something in the books, which have a connection of their own."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.db import transaction
from members.models import Member

from apps.credits.use_cases import Request, run_operation
from apps.operations.running import Runner
from downloads.models import Download
from downloads.operations import ShopOperations
from journals.events import Answer
from ledgerflow.books.writing import Transaction

RUNNER = Runner("system:shop", frozenset({"post"}))
ADD_PAID = "INSERT INTO downloads_download (member_id, title, is_paid) VALUES (%s, %s, true)"


def take(entity_id: UUID, member: Member, title: str) -> Download:
    """Key and `on_commit`: the shop's row first, the spend once it is committed, under a key made of the row's id.

    A process that dies in between leaves a row that is not paid: `pay` with the same row goes on, and pays it once.
    """
    with transaction.atomic():
        download = Download.objects.create(member=member, title=title)
        transaction.on_commit(partial(pay, entity_id, download))
    return download


def pay(entity_id: UUID, download: Download) -> None:
    """Spend the credits of a download, however often this is called. Raises what the ledger refuses."""
    request = Request(ShopOperations, "DOWNLOAD", str(download.member_id), key=f"download:{download.pk}")
    run_operation(entity_id, request, RUNNER)
    Download.objects.filter(pk=download.pk).update(is_paid=True)


def take_at_once(entity_id: UUID, member: Member, title: str, key: str) -> Answer:
    """The hook: the shop's row is written in the transaction of the spend, on its connection, or neither is.

    The same key again writes nothing, and gives the first answer.
    """

    def hook(tx: Transaction, _entry: UUID) -> None:
        tx.query(ADD_PAID, (member.pk, title))

    return run_operation(entity_id, Request(ShopOperations, "DOWNLOAD", str(member.pk), key), RUNNER, hook)
