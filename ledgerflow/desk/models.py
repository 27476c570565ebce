"""What the desk keeps: what a person prefers, saved and has seen, and figures that were made beforehand.

None of it is history, and no event tells of it.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.texts import MAX_ACTOR

ZONE_OF_BOOKS = "books"  # in the place of the name of a time zone
MAX_VIEW_NAME = 60
MAX_QUERY = 500  # of a saved view
MAX_FILE_QUERY = 2_000  # of a file: who searches types more than who saves


class Density(models.TextChoices):
    COMPACT = "compact", _("compact")
    COMFORTABLE = "comfortable", _("comfortable")


@bounded()
class Preference(models.Model):
    """How one person wants to read and type. Who has no row gets what the pages always had."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="desk_preference"
    )
    language = models.CharField(max_length=16, default="en")
    numbers = models.CharField(max_length=16, default="en")  # a code of `ledgerflow.core.locales.numbers.FORMATS`
    days = models.CharField(max_length=16, default="iso")  # a code of `ledgerflow.core.locales.days.DAY_FORMATS`
    time_zone = models.CharField(max_length=64, default="UTC")
    density = models.CharField(max_length=16, choices=Density, default=Density.COMPACT)
    has_single_keys = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        default_permissions: ClassVar = ()  # everybody has his own, and nobody another's

    def __str__(self) -> str:
        return gettext("preferences of user %(id)s") % {"id": self.pk}


@bounded()
class PreparedFigures(models.Model):
    """What a check of Home found in a set of books when it looked last, or the figures of a chart; made anew at will.

    `found` counts the entries, so that books are sorted without reading them. `head_sequence` and `business_date` are
    those of the books at that time: as long as they are the same, little can have changed.
    """

    pk = models.CompositePrimaryKey("entity_id", "name")
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    name = models.CharField(max_length=40)
    figures = models.JSONField()
    found = models.IntegerField()
    head_sequence = models.BigIntegerField()
    business_date = models.DateField()
    made_at = models.DateTimeField()
    took_ms = models.IntegerField()

    class Meta:
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return f"{self.entity_id} {self.name}"


@bounded()
class SeenNews(models.Model):
    """Until when a person has seen what a check of Home tells of some books as news, such as decisions on proposals."""

    pk = models.CompositePrimaryKey("person", "entity_id", "name")
    person = models.CharField(max_length=MAX_ACTOR)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    name = models.CharField(max_length=40)
    seen_at = models.DateTimeField()

    class Meta:
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return f"{self.person} {self.name}"


@bounded()
class SavedView(models.Model):
    """Filters, search and columns of a list under a name that a person gave them.

    `query` is that of the list's address. Who is in the group that it is shared with sees it; it stays its owner's.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+")
    list_name = models.CharField(max_length=120)  # "journals_journal"
    name = models.CharField(max_length=MAX_VIEW_NAME)
    query = models.CharField(max_length=MAX_QUERY)
    shared_with = models.ForeignKey(Group, models.SET_NULL, null=True, db_index=False, related_name="+")

    class Meta:
        default_permissions: ClassVar = ()  # everybody has his own
        indexes: ClassVar = [
            # Serves: the views of a list that are shared with a group
            models.Index(
                fields=["shared_with", "list_name"],
                condition=models.Q(shared_with__isnull=False),
                name="desk_savedview_shared",
            ),
        ]
        constraints: ClassVar = [
            # Serves, too: the views of a person and a list
            models.UniqueConstraint(fields=["user", "list_name", "name"], name="desk_savedview_once"),
        ]

    def __str__(self) -> str:
        return f"{self.list_name} {self.name}"


@bounded()
class ChosenColumns(models.Model):
    """The columns of a list that a person wants to see, in every set of books; no row for the usual ones."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+")
    list_name = models.CharField(max_length=120)
    columns = models.CharField(max_length=MAX_QUERY)  # as the address of a list names them

    class Meta:
        default_permissions: ClassVar = ()  # everybody has his own
        constraints: ClassVar = [
            # Serves, too: what a person has chosen of a list
            models.UniqueConstraint(fields=["user", "list_name"], name="desk_chosencolumns_once"),
        ]

    def __str__(self) -> str:
        return f"{self.list_name} {self.columns}"


@bounded()
class TourState(models.Model):
    """How far a person has come on the tour, as far as the books do not tell, and whether he has put it away."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    is_put_away = models.BooleanField(default=False)
    has_found = models.BooleanField(default=False)
    has_reported = models.BooleanField(default=False)

    class Meta:
        default_permissions: ClassVar = ()  # everybody has his own

    def __str__(self) -> str:
        return f"tour of user {self.pk}"


@bounded()
class ListFile(models.Model):
    """A file of a list that is too long for an answer: who wanted it, how far it is, and until when it is kept.

    `tries` counts how often it was begun: a process that died at it, and comes back, finds that another has gone on.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    list_name = models.CharField(max_length=120)
    query = models.CharField(max_length=MAX_FILE_QUERY)  # filters, search and columns, as the address of the list
    title = models.CharField(max_length=300)  # of the list, as it was then
    filters = models.CharField(max_length=MAX_FILE_QUERY)  # in words
    wanted_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(null=True)
    kept_until = models.DateTimeField()
    tries = models.IntegerField(default=0)
    rows = models.BigIntegerField(default=0)  # so far
    all_rows = models.BigIntegerField(null=True)
    octets = models.BigIntegerField(default=0)
    failure = models.CharField(max_length=500, default="")

    class Meta:
        default_permissions: ClassVar = ()  # everybody has his own

    def __str__(self) -> str:
        return f"{self.list_name} {self.pk}"


@bounded()
class ListFilePart(models.Model):
    """A piece of such a file, as long as it is kept. In the database, because the worker may run on another machine."""

    pk = models.CompositePrimaryKey("file_id", "number")
    file = models.ForeignKey(ListFile, models.CASCADE, db_index=False, related_name="parts")
    number = models.IntegerField()
    content = models.TextField()

    class Meta:
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return f"{self.file_id} {self.number}"
