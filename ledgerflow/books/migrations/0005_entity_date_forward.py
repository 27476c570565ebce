"""The business date of an entity only moves forward."""

from typing import ClassVar

from django.db import migrations

from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):
    dependencies: ClassVar = [("books", "0004_proposal_fences")]
    operations: ClassVar = [sql_file(__file__, "entity_date_forward")]
