from django.db import migrations

from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ('journals', '0002_journal_template'),
        ('operations', '0001_initial'),
    ]

    operations = [sql_file(__file__, "journal_of_active_version")]
