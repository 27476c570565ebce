from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("holds", "0001_initial")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="holdentry",
            index=models.Index(
                fields=["account", "effective_date", "account_version", "event_sequence"], name="hold_entry_by_date"
            ),
        ),
    ]
