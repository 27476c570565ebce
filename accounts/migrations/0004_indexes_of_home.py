from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_currency_is_money'),
        ('books', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('closed_at', None), ('is_header', False)), fields=['entity', 'currency'], name='account_in_use'),
        ),
        migrations.AddIndex(
            model_name='balance',
            index=models.Index(condition=models.Q(('overridden', True)), fields=['account'], name='balance_overridden'),
        ),
    ]
