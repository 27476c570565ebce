"""API keys, each of which opens the books of exactly one entity, and how often somebody tried to sign in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR


@bounded()
class ApiKey(models.Model):
    """Only the SHA-256 of the secret is kept: of 256 random bits there is nothing to guess, and no salt to add."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)  # the first characters of the secret, to tell keys apart
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=MAX_ACTOR, blank=True, default="")
    person = models.CharField(max_length=MAX_ACTOR, blank=True, default="")  # who it acts for; "" for nobody
    person_name = models.CharField(max_length=MAX_ACTOR, blank=True, default="")  # as he was called then, for people
    # Whose operations on credits it may run, and nothing else that writes; "" for a key that is bound to none.
    application = models.CharField(max_length=40, blank=True, default="", db_default="")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


@bounded()
class LoginCount(models.Model):
    """How often it was tried to sign in with a name, from an address, or both together, since `began_at`.

    Rows live for a quarter of an hour (`ledgerflow.access.logins`). Only the SHA-256 of what was given is kept: people
    type their passwords into the field of the name.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    tries = models.IntegerField()
    began_at = models.DateTimeField()

    class Meta:
        default_permissions: ClassVar = ()
        indexes: ClassVar = [
            # Serves: forgetting those that are over
            models.Index(fields=["began_at"], name="login_count_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.tries} since {self.began_at}"
