"""What the desk keeps of a person. It is not history, and no event tells of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ledgerflow.core.bounds import bounded

ZONE_OF_BOOKS = "books"  # in the place of the name of a time zone


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
        return f"preferences of user {self.pk}"
