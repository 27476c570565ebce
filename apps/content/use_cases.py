"""Writing and opening content. What it costs and the row of it are one transaction: both are there, or neither."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from apps.content.errors import PieceNotFound
from apps.content.models import Piece
from apps.content.operations import ACCESS, CREATION, PREMIUM_CREATION, ContentOperations
from apps.credits.use_cases import Request, run_operation
from apps.operations.running import Runner
from journals.events import Answer, read_fact
from ledgerflow.books.idempotency import as_key, reused
from ledgerflow.books.writing import Transaction
from ledgerflow.core.ids import uuid7

ADD_PIECE = """
    INSERT INTO content_piece (id, entity_id, owner_id, title, premium, journal_id, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
ADD_ACCESS = """
    INSERT INTO content_access (id, entity_id, piece_id, reader_id, journal_id, created_at)
    VALUES (%s, %s, %s, %s, %s, %s)
"""
ISSUER = "content"  # of the keys that it makes itself


class Wanted(NamedTuple):
    """A piece that is to be written."""

    owner_id: str
    title: str
    premium: bool


def write_piece(entity_id: UUID, wanted: Wanted, key: str, runner: Runner) -> tuple[Piece, Answer]:
    """Write a piece, which costs 5 credits, or 10 for a premium one. The same key gives the piece of the first time.

    Raises `IdempotencyKeyReused` for a key of another piece, and as `run_operation`, `InsufficientFunds` first of all.
    """
    name = PREMIUM_CREATION if wanted.premium else CREATION

    def hook(tx: Transaction, journal: UUID) -> None:
        row = (uuid7(), tx.entity_id, wanted.owner_id, wanted.title, wanted.premium, journal, tx.recorded_at)
        tx.query(ADD_PIECE, row)

    answer = run_operation(entity_id, Request(ContentOperations, name, wanted.owner_id, key), runner, hook)
    piece = Piece.objects.get(entity_id=entity_id, journal_id=read_fact(answer.journal).id)
    if piece.title != wanted.title:  # the spend is the same, and the piece is another one
        raise reused(key)
    return piece, answer


def open_piece(
    entity_id: UUID, piece_id: UUID, reader_id: str, actor: str, scopes: frozenset[str]
) -> tuple[Piece, bool]:
    """Open a piece for a reader, who pays 1 credit the first time; gives whether this was it.

    Who was first of two at once is decided by the key, which is made of the piece and the reader.
    Raises `PieceNotFound`, and as `run_operation`.
    """
    piece = Piece.objects.filter(entity_id=entity_id, id=piece_id).first()
    if piece is None:
        raise PieceNotFound

    def hook(tx: Transaction, journal: UUID) -> None:
        tx.query(ADD_ACCESS, (uuid7(), tx.entity_id, piece_id, reader_id, journal, tx.recorded_at))

    request = Request(ContentOperations, ACCESS, reader_id, as_key(f"access:{piece_id}:{reader_id}"))
    answer = run_operation(entity_id, request, Runner(actor, scopes, ISSUER), hook)
    return piece, answer.status == "posted"
