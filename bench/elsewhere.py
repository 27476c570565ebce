"""Processes with a Django of their own, perhaps on another database. Imports no models: they load after `start`."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import django


def start(database_url: str) -> None:
    """Runs first in every process of the pool."""
    os.environ["DATABASE_URL"] = database_url
    django.setup()


def processes(count: int, database_url: str) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, get_context("spawn"), start, (database_url,))
