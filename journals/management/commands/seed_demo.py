"""`manage.py seed_demo`: demo books, an operator and an API key, for the first minutes with LedgerFlow.

It may be killed at any moment and run again. The credentials file is written last, in one step: whoever reads it
reads what works.
"""

from __future__ import annotations

import json
import os
import secrets
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from journals.demo import ACTOR, demo_books
from ledgerflow.access.keys import create_key, digest, revoke_key
from ledgerflow.access.models import ApiKey
from ledgerflow.access.scopes import READ, SCOPES
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.people import person_of

ADMIN = "admin"
KEY_NAME = "Demo key"
READ_KEY_NAME = "Demo key for reading"
PASSWORD_BYTES = 15  # 20 characters
SECRETS = ("admin_password", "api_key", "read_key")
ENTRIES = ("url", "admin_user", "admin_password", "api_key", "read_key", "entity")

SUMMARY = """\
The demo books are ready: entity {entity}, business date {business_date}.

    Log in      {url}/admin/  as {admin_user}  with  {admin_password}
    API key     {api_key}

A first transfer:

    curl -sS {url}/api/transfers \\
      -H 'Authorization: Bearer {api_key}' \\
      -H 'Idempotency-Key: hello-1' \\
      -H 'Content-Type: application/json' \\
      -d '{{"debit_account": "1001-CASH", "credit_account": "4001-SALES", "amount": "12.30"}}'
"""


# A secret is shown once, when it is made: the terminal of a later start is often the log of a service.
SUMMARY_AGAIN = """\
The demo books are ready: entity {entity}, business date {business_date}.

    Log in      {url}/admin/  as {admin_user}
    Password and API key are in {credentials}{kept}
"""
CHANGED_SINCE = "; the password was changed since."


class Command(BaseCommand):
    help = "Make (or complete) the demo books, an admin user and an API key, and write the credentials to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the web server will listen")
        parser.add_argument(
            "--credentials", type=Path, default=Path(".ledgerflow/credentials.json"), help="file to write, mode 0600"
        )

    def handle(self, *args: Any, url: str, credentials: Path, **options: Any) -> None:
        try:
            entity = demo_books()
        except LedgerError as refusal:
            raise CommandError(refusal.message) from refusal
        known = read_credentials(credentials)
        password, changed = admin_password(known.get("admin_password", ""))
        found = {
            "url": url.rstrip("/"),
            "admin_user": ADMIN,
            "admin_password": password,
            "api_key": api_key(entity, known.get("api_key", "")),
            "read_key": read_key(entity, known.get("read_key", "")),
            "entity": entity.code,
        }
        try:
            write_credentials(credentials, found)
        except OSError as error:
            message = f"The credentials cannot be written to {credentials}: {error.strerror}."
            raise CommandError(message) from error
        is_made_now = any(known.get(name) != found[name] for name in SECRETS)
        text = (SUMMARY if is_made_now else SUMMARY_AGAIN).format(
            **found, business_date=entity.business_date, credentials=credentials, kept=CHANGED_SINCE if changed else ""
        )
        self.stdout.write(text, ending="")


def admin_password(known: str) -> tuple[str, bool]:
    """The admin's password, and whether somebody chose another one since.

    A user without a known password (the file was lost) gets a new one; a password changed by hand is left alone.
    """
    user = _admin_user()
    if user is not None and known:
        return known, not user.check_password(known)
    password = known or secrets.token_urlsafe(PASSWORD_BYTES)
    user = user or get_user_model()(**_named(), is_staff=True, is_superuser=True)
    user.set_password(password)
    user.save()
    return password, False


def api_key(entity: Entity, known: str) -> str:
    """The secret of a key with all scopes: the known one while it is valid, else a new one, and the old are revoked.

    It acts for the admin user.
    """
    user = _admin_user()
    return _key(entity, known, KEY_NAME, SCOPES, person_of(user) if user else "")


def _admin_user() -> User | None:
    found: User | None = get_user_model()._default_manager.filter(**_named()).first()  # noqa: SLF001 - Django's name for it
    return found


def _named() -> dict[str, Any]:
    """A project's own model of users may have another field to sign in with."""
    return {get_user_model().USERNAME_FIELD: ADMIN}


def read_key(entity: Entity, known: str) -> str:
    """The same for one that reads and acts for nobody, as the role `query` wants it."""
    return _key(entity, known, READ_KEY_NAME, [READ], "")


def _key(entity: Entity, known: str, name: str, scopes: Iterable[str], person: str) -> str:
    ours = ApiKey.objects.filter(entity=entity, name=name, created_by=ACTOR, revoked_at=None)
    if known and ours.filter(digest=digest(known), person=person).exists():
        return known
    old = list(ours)
    _, secret = create_key(entity, name, scopes, actor=ACTOR, person=person)
    for key in old:
        revoke_key(key, actor=ACTOR)
    return secret


def read_credentials(path: Path) -> dict[str, str]:
    """What an earlier run wrote; nothing where the file is missing or damaged."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: found[name] for name in ENTRIES if isinstance(found.get(name), str)}


def write_credentials(path: Path, found: dict[str, str]) -> None:
    """Write the file in one step, readable by its owner alone from the first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(found, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
