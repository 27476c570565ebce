from django.db import migrations, models

from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0002_account_keeps_lots'),
    ]

    operations = [
        migrations.AddField(
            model_name='currency',
            name='is_money',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddConstraint(
            model_name='currency',
            constraint=models.CheckConstraint(condition=models.Q(('is_money', True), ('is_custom', True), _connector='OR'), name='currency_of_iso_is_money'),
        ),
        migrations.AddIndex(
            model_name='currency',
            index=models.Index(condition=models.Q(('is_money', False)), fields=['entity', 'code'], name='currency_unit'),
        ),
        sql_file(__file__, "currency_money_guard"),
    ]
