"""The example of another project with LedgerFlow in it, as processes of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connection

PROJECT = Path(__file__).parents[2]
EXAMPLE = PROJECT / "examples" / "host_project"
OF_OURS = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "LEDGERFLOW_SECRET_KEY", "PYTHONPATH")


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OF_OURS}
    return kept | {"SHOP_DATABASE": "none", "SHOP_SECRET_KEY": "x", "PYTHONDONTWRITEBYTECODE": "1"} | more


def run(*words: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=folder, env=environment(**more), capture_output=True, text=True, check=False, timeout=300
    )


@contextmanager
def a_database() -> Iterator[dict[str, str]]:
    """An empty database on the server of the tests, as the example's settings name it."""
    name, own = f"shop {uuid4().hex}", settings.DATABASES["default"]
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield {
            "SHOP_DATABASE": name,
            "SHOP_DATABASE_HOST": own["HOST"],
            "SHOP_DATABASE_PORT": own["PORT"],
            "SHOP_DATABASE_USER": own["USER"],
            "SHOP_DATABASE_PASSWORD": own["PASSWORD"],
            "SHOP_REDIS_URL": settings.LEDGERFLOW_REDIS_URL,
        }
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def copy_of_example(folder: Path) -> Path:
    """A copy of the example, outside the checkout."""
    return Path(shutil.copytree(EXAMPLE, folder / "host", ignore=shutil.ignore_patterns("__pycache__")))
