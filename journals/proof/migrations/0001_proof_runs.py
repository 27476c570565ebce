import datetime

import django.db.models.deletion
from django.db import migrations, models

import ledgerflow.core.ids
from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('books', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProofRun',
            fields=[
                ('id', models.UUIDField(default=ledgerflow.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField()),
                ('outcome', models.CharField(choices=[('clean', 'Clean'), ('faults', 'Faults'), ('failed', 'Failed')], max_length=6)),
                ('faults', models.IntegerField()),
                ('events', models.BigIntegerField()),
                ('problem', models.CharField(blank=True, max_length=500)),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='proof_runs', to='books.entity')),
            ],
            options={
                'indexes': [models.Index(fields=['entity', 'ended_at'], name='proof_run_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ended_at__gte', models.F('started_at'))), name='proof_run_in_order'), models.CheckConstraint(condition=models.Q(models.Q(('faults', 0), ('outcome', 'clean'), ('problem', '')), models.Q(('faults__gte', 1), ('outcome', 'faults')), models.Q(('faults', 0), ('outcome', 'failed')), _connector='OR'), name='proof_run_outcome_consistent'), models.CheckConstraint(condition=models.Q(models.Q(('started_at__gte', datetime.datetime(1900, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), ('started_at__lte', datetime.datetime(2999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.timezone.utc))), models.Q(('ended_at__gte', datetime.datetime(1900, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), ('ended_at__lte', datetime.datetime(2999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.timezone.utc))), models.Q(('faults__gte', 0)), models.Q(('events__gte', 0))), name='proof_proofrun_bounds')],
            },
        ),
        sql_file(__file__, "proof_run_immutable"),
    ]
