"""Who hears of matches within the transaction that writes them: `recon.cases` adds itself when its app starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ledgerflow.books.writing import Transaction
from recon.matching.rows import Item, Written

# Each is called with the transaction, the match and its items; what one raises takes the match back as well.
Listener = Callable[[Transaction, Written, Sequence[Item]], None]
confirmed: list[Listener] = []
unmatched: list[Listener] = []
