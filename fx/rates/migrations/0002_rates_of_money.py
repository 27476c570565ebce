from django.db import migrations

from ledgerflow.core.sqlfiles import sql_files


class Migration(migrations.Migration):
    dependencies = [
        ('rates', '0001_initial'),
        ('accounts', '0003_currency_is_money'),
    ]

    operations = sql_files(__file__, ("pair_of_money", "unit_without_rates"))
