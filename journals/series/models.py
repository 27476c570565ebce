"""Number series and the numbers they gave; all of it history."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from journals.models import Journal
from journals.series.patterns import MAX_PATTERN, RESTARTS
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR

MAX_CODE, MAX_NAME, MAX_TEXT = 20, 100, 80


@bounded()
class NumberSeries(models.Model):
    """A series: which kinds of journals it numbers, and what its numbers look like."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    code = models.CharField(max_length=MAX_CODE)
    name = models.CharField(max_length=MAX_NAME)
    pattern = models.CharField(max_length=MAX_PATTERN)
    kinds = models.JSONField()
    restarts = models.CharField(max_length=5)
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        verbose_name = verbose_name_plural = "number series"
        constraints: ClassVar = [
            # Serves: the list of series, too
            models.UniqueConstraint(fields=["entity", "code"], name="number_series_code_once"),
            models.CheckConstraint(condition=Q(restarts__in=RESTARTS), name="series_restarts_known"),
        ]

    def __str__(self) -> str:
        return self.code


@bounded()
class SeriesNumber(models.Model):
    """The number of a journal in its series; `year` is 0 where the series never restarts."""

    journal = models.OneToOneField(
        Journal, models.PROTECT, primary_key=True, db_constraint=False, related_name="series_number"
    )
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    series = models.CharField(max_length=MAX_CODE)
    journal_number = models.BigIntegerField()
    year = models.SmallIntegerField()
    number = models.BigIntegerField()
    text = models.CharField(max_length=MAX_TEXT)
    event_sequence = models.BigIntegerField()

    class Meta:
        verbose_name = "number of a series"
        verbose_name_plural = "numbers of series"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "series", "year", "number"], name="series_number_unique"),
            # Serves: where a series goes on, and the list of its numbers
            models.UniqueConstraint(fields=["entity", "series", "journal_number"], name="series_journal_unique"),
        ]
        indexes: ClassVar = [
            # Serves: the journal that has a number, as people read it
            models.Index(fields=["entity", "text"], name="series_number_text"),
        ]

    def __str__(self) -> str:
        return self.text
