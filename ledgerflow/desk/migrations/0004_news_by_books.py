"""What was seen is told apart by books.

The key of a table cannot be changed, and nobody misses what stood in it: news are told for three days, and are at most
told once more.
"""

import datetime

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0001_initial'),
        ('desk', '0003_saved_views'),
    ]

    operations = [
        migrations.DeleteModel(name='SeenNews'),
        migrations.CreateModel(
            name='SeenNews',
            fields=[
                ('pk', models.CompositePrimaryKey('person', 'entity_id', 'name', blank=True, editable=False, primary_key=True, serialize=False)),
                ('person', models.CharField(max_length=160)),
                ('name', models.CharField(max_length=40)),
                ('seen_at', models.DateTimeField()),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='books.entity')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('seen_at__gte', datetime.datetime(1900, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), ('seen_at__lte', datetime.datetime(2999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.timezone.utc)))), name='desk_seennews_bounds')],
            },
        ),
    ]
