"""Events in order and without a gap; history that nobody changes."""

from typing import ClassVar

from django.db import migrations

from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):
    dependencies: ClassVar = [("books", "0001_initial")]
    operations: ClassVar = [
        sql_file(__file__, name)
        for name in (
            "lock_entities",
            "as_loaded",
            "refuse_change",
            "event_immutable",
            "idempotency_key_immutable",
            "event_order",
            "entity_guard",
        )
    ]
