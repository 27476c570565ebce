from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('statements', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='statementline',
            index=models.Index(condition=models.Q(('iban', ''), _negated=True), fields=['entity', 'iban'], name='statement_line_by_iban'),
        ),
    ]
