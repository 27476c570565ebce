"""The CHECK that every model gets from the types of its columns."""

from __future__ import annotations

import pytest
from django.db import models
from django.test.utils import isolate_apps

from ledgerflow.core.bounds import bounded, bounds_name

pytestmark = pytest.mark.pure


@isolate_apps()
def test_a_hash_has_its_length_and_a_moment_its_years() -> None:
    @bounded()
    class Seal(models.Model):  # noqa: DJ008 - nobody reads it
        digest = models.BinaryField(max_length=32)
        made_at = models.DateTimeField()

        class Meta:
            app_label = "seals"

    (check,) = Seal._meta.constraints
    assert isinstance(check, models.CheckConstraint)
    assert check.name == bounds_name(Seal) == "seals_seal_bounds"
    assert all(text in str(check.condition) for text in ("octet_length", "32", "made_at__gte", "made_at__lte"))
