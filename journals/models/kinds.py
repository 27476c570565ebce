"""The kinds of journals that there are, with what the guards of the database need to know of each."""

from __future__ import annotations

from django.db import models


class JournalKind(models.Model):
    """A kind that some room declares in its `plugin.py`. `migrate` writes the rows, and nothing changes them.

    No foreign key of journals refers to it: every journal of every entity would lock the same few rows. The guard of
    journals looks here once a statement.
    """

    name = models.CharField(primary_key=True, max_length=20)
    passes_freeze = models.BooleanField()  # posts to a frozen account too
    into_closing_day = models.BooleanField()  # is dated into a day that is cut off and not closed yet

    def __str__(self) -> str:
        return self.name
