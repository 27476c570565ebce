"""One case from its first step to its last figure, and the proof of its books."""

from __future__ import annotations

from bench.statements.answers import wrong_lines
from bench.statements.books import Books
from bench.statements.cases import Case
from journals.proof.ledger import verify_books


def faults_of(case: Case) -> list[str]:
    """What is not right; empty when all is. A figure is wrong, or the books do not prove."""
    books = Books(case)
    books.happen(case.steps)
    wrong = [fault for check in case.checks for fault in wrong_lines(books, check)]
    return [*wrong, *(str(fault) for fault in verify_books(books.id))]
