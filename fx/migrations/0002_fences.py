"""Rates and their pairs are history; a rate belongs to its pair."""

from typing import ClassVar

from django.db import migrations

from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):
    dependencies: ClassVar = [("fx", "0001_rates"), ("books", "0002_fences")]
    operations: ClassVar = [sql_file(__file__, name) for name in ("rate_pair", "rate_immutable", "pair_immutable")]
