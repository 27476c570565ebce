"""What people have typed and not posted yet, and how often they used which account. Neither is history."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Account
from journals.attachments.kinds import MAX_NAME
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.texts import MAX_ACTOR

MAX_TITLE = 100


@bounded()
class JournalDraft(models.Model):
    """The editor's form of one person as it was typed, so that a lost session loses nothing.

    `revision` counts how often it was saved: a tab that read an older one overwrites nothing.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    person = models.CharField(max_length=MAX_ACTOR)
    title = models.CharField(max_length=MAX_TITLE)  # what it is called in the list of drafts
    content = models.TextField()  # the JSON of a `Sheet`
    revision = models.BigIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            # Serves: the drafts of a person in some books, newest first
            models.Index(fields=["entity", "person", "-changed_at"], name="journal_draft_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.id}"


@bounded()
class DraftFile(models.Model):
    """A file that is kept with a draft; its content lies in the folder of attachments. Ids rise as files are added."""

    id = models.UUIDField(primary_key=True, editable=False)
    draft = models.ForeignKey(JournalDraft, models.CASCADE, db_index=False, related_name="files")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=MAX_NAME)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            # Serves: the files of a draft, too
            models.UniqueConstraint(fields=["draft", "sha256"], name="draft_file_once"),
        ]

    def __str__(self) -> str:
        return self.name


@bounded()
class AccountUse(models.Model):
    """In how many journals that a person posted by hand an account stood: what he uses most is offered first."""

    pk = models.CompositePrimaryKey("entity_id", "person", "account_id")
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    person = models.CharField(max_length=MAX_ACTOR)
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="+")
    times = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.times} times {self.account_id}"
