"""Who hears of matches within the transaction that writes them, and who knows of postings that need no line.

`recon.cases` adds itself when its app starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from ledgerflow.books.writing import Transaction
from recon.matching.rows import Item, Written

# Each is called with the transaction and the matches it writes, each with its items; what one raises takes them back.
Confirmed = Sequence[tuple[Written, Sequence[Item]]]
Listener = Callable[[Transaction, Confirmed], None]
confirmed: list[Listener] = []
# Each is called with a function that fetches rows, the bank account and its account, and gives versions of postings.
Explained = Callable[[Callable[[str, Any], list[Any]], UUID, UUID], frozenset[int]]
explained: list[Explained] = []
