"""Runs say which events they knew of, so that later runs go on from them."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("fx", "0010_deals")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="revaluation", name="seen_sequence", field=models.BigIntegerField(null=True)
        ),
    ]
