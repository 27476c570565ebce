from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_indexes_of_the_chart'),
        ('books', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('closed_at__isnull', False), ('is_header', False)), fields=['entity', 'currency'], name='account_closed'),
        ),
    ]
