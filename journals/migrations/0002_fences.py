"""Journals balance, carry lines, keep their numbers and stay out of closed days, whoever writes them."""

from typing import ClassVar

from django.db import migrations

from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):
    dependencies: ClassVar = [("journals", "0001_initial"), ("accounts", "0002_fences")]
    operations: ClassVar = [
        sql_file(__file__, name)
        for name in (
            "closed_through",
            "period_open",
            "posting_account",
            "posting_fence",
            "posting_immutable",
            "journal_fence",
            "journal_immutable",
            "day_fence_order",
            "day_fence_immutable",
            "period_status_immutable",
            "day_total_autovacuum",
            "day_total_newest_first",
            "day_total_guard",
        )
    ]
