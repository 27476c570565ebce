"""Proposals and their decisions stay what they were, and four eyes are four."""

from typing import ClassVar

from django.db import migrations

from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):
    dependencies: ClassVar = [("books", "0003_proposals")]
    operations: ClassVar = [
        sql_file(__file__, name)
        for name in ("proposal_immutable", "proposal_decision_immutable", "proposal_decision_fence")
    ]
