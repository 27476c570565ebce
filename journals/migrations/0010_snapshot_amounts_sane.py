"""Amounts of a snapshot are numbers: NaN adds up with anything."""

from decimal import Decimal

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_fences'),
        ('journals', '0009_names_of_days'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='daysnapshot',
            constraint=models.CheckConstraint(condition=models.Q(('count__gte', 0), ('credits__gte', 0), ('debits__gte', 0), ('last_version__gte', 0), ('total_debits__gte', models.F('debits')), ('total_debits__lt', Decimal('1.000000000000000000000000000E+45')), ('total_credits__gte', models.F('credits')), ('total_credits__lt', Decimal('1.000000000000000000000000000E+45'))), name='day_snapshot_amounts_sane'),
        ),
    ]
