"""Proof of the books that were posted into: a fast figure over wrong books is worth nothing."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Sequence

from bench.books import BenchBooks


def verify(books: Sequence[BenchBooks]) -> dict[str, float]:
    """Seconds it took by entity; raises `AssertionError` with the first fault."""
    took: dict[str, float] = {}
    if importlib.util.find_spec("journals.proof.ledger") is None:
        print("NOT VERIFIED: there is no journals.proof")
        return took
    verify_books = importlib.import_module("journals.proof.ledger").verify_books
    for one in books:
        began = time.perf_counter()
        faults = verify_books(one.id)
        assert not faults, faults
        took[one.entity.code] = round(time.perf_counter() - began, 1)
    return took
