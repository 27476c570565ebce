import datetime

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('books', '0001_initial'),
        ('desk', '0001_preferences'),
    ]

    operations = [
        migrations.CreateModel(
            name='SeenNews',
            fields=[
                ('pk', models.CompositePrimaryKey('person', 'name', blank=True, editable=False, primary_key=True, serialize=False)),
                ('person', models.CharField(max_length=160)),
                ('name', models.CharField(max_length=40)),
                ('seen_at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('seen_at__gte', datetime.datetime(1900, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), ('seen_at__lte', datetime.datetime(2999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.timezone.utc)))), name='desk_seennews_bounds')],
            },
        ),
        migrations.CreateModel(
            name='PreparedFigures',
            fields=[
                ('pk', models.CompositePrimaryKey('entity_id', 'name', blank=True, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('figures', models.JSONField()),
                ('found', models.IntegerField()),
                ('head_sequence', models.BigIntegerField()),
                ('business_date', models.DateField()),
                ('made_at', models.DateTimeField()),
                ('took_ms', models.IntegerField()),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='books.entity')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('found__gte', 0)), models.Q(('head_sequence__gte', 0)), models.Q(('business_date__gte', datetime.date(1900, 1, 1)), ('business_date__lte', datetime.date(2999, 12, 31))), models.Q(('made_at__gte', datetime.datetime(1900, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), ('made_at__lte', datetime.datetime(2999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.timezone.utc))), models.Q(('took_ms__gte', 0))), name='desk_preparedfigures_bounds')],
            },
        ),
    ]
