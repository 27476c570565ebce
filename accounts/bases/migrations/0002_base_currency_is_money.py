from django.db import migrations

from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ('bases', '0001_initial'),
        ('accounts', '0003_currency_is_money'),
    ]

    operations = [sql_file(__file__, "base_change_of_money")]
