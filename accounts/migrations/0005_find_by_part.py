"""An index that finds accounts by a part of their code or name."""

from django.db import migrations

from ledgerflow.core.sqlfiles import sql_files


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_indexes_of_home'),
    ]

    operations = [
        *sql_files(__file__, ["account_threes", "account_by_part"]),
    ]
