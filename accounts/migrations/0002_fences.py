"""What an account is stays as it is; a parent is of its own kind; a header takes no postings."""

from typing import ClassVar

from django.db import migrations

from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0001_initial"), ("books", "0002_fences")]
    operations: ClassVar = [
        sql_file(__file__, name)
        for name in (
            "account_posting_currency",
            "account_currency_known",
            "account_parent_alike",
            "account_guard",
            "currency_guard",
            "balance_sign",
            "balance_autovacuum",
            "balance_newest_first",
        )
    ]
