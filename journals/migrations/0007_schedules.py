"""What is posted by its date; closing entries obey the year alone."""

import django.db.models.deletion
from django.db import migrations, models

import ledgerflow.core.ids
from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0004_proposal_fences'),
        ('journals', '0005_business_day'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='period',
            options={'permissions': [('close_year', 'Can close a fiscal year'), ('reopen_period', 'Can propose and approve to reopen a closed period')]},
        ),
        migrations.AddField(
            model_name='periodstatus',
            name='proposal_id',
            field=models.UUIDField(null=True),
        ),
        migrations.CreateModel(
            name='RecurringJournal',
            fields=[
                ('id', models.UUIDField(default=ledgerflow.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('description', models.CharField(blank=True, default='', max_length=500)),
                ('lines', models.JSONField()),
                ('frequency', models.CharField(choices=[('monthly', 'monthly'), ('weekly', 'weekly'), ('yearly', 'yearly')], max_length=7)),
                ('day', models.PositiveSmallIntegerField()),
                ('month', models.PositiveSmallIntegerField(null=True)),
                ('holiday_rule', models.CharField(choices=[('none', 'none'), ('following', 'following'), ('preceding', 'preceding')], default='none', max_length=9)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(null=True)),
                ('next_due', models.DateField(null=True)),
                ('status', models.CharField(choices=[('active', 'active'), ('paused', 'paused'), ('ended', 'ended')], default='active', max_length=6)),
                ('revision', models.BigIntegerField()),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='recurring_journals', to='books.entity')),
            ],
        ),
        migrations.CreateModel(
            name='RecurringRun',
            fields=[
                ('id', models.UUIDField(default=ledgerflow.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('due_on', models.DateField()),
                ('attempt', models.PositiveIntegerField()),
                ('business_date', models.DateField()),
                ('outcome', models.CharField(choices=[('posted', 'posted'), ('refused', 'refused')], max_length=7)),
                ('code', models.CharField(blank=True, default='', max_length=64)),
                ('message', models.CharField(blank=True, default='', max_length=1000)),
                ('event_sequence', models.BigIntegerField()),
                ('recorded_at', models.DateTimeField()),
                ('journal', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='journals.journal')),
                ('recurring', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='journals.recurringjournal')),
            ],
        ),
        migrations.CreateModel(
            name='ScheduledReversal',
            fields=[
                ('journal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='scheduled', serialize=False, to='journals.journal')),
                ('due_on', models.DateField()),
                ('event_sequence', models.BigIntegerField()),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='books.entity')),
            ],
        ),
        migrations.AddIndex(
            model_name='recurringjournal',
            index=models.Index(fields=['entity', 'next_due'], name='recurring_due'),
        ),
        migrations.AddConstraint(
            model_name='recurringjournal',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ('active', 'paused', 'ended'))), name='recurring_status_known'),
        ),
        migrations.AddConstraint(
            model_name='recurringjournal',
            constraint=models.CheckConstraint(condition=models.Q(('holiday_rule__in', ('none', 'following', 'preceding'))), name='recurring_holiday_rule_known'),
        ),
        migrations.AddConstraint(
            model_name='recurringjournal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('day__range', (1, 7)), ('frequency', 'weekly'), ('month__isnull', True)), models.Q(('day__range', (1, 31)), ('frequency', 'monthly'), ('month__isnull', True)), models.Q(('day__range', (1, 31)), ('frequency', 'yearly'), ('month__isnull', False), ('month__range', (1, 12))), _connector='OR'), name='recurring_schedule_consistent'),
        ),
        migrations.AddConstraint(
            model_name='recurringjournal',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='recurring_dates_in_order'),
        ),
        migrations.AddConstraint(
            model_name='recurringjournal',
            constraint=models.CheckConstraint(condition=models.Q(('next_due__isnull', True), models.Q(('next_due__gte', models.F('starts_on')), models.Q(('ends_on__isnull', True), ('next_due__lte', models.F('ends_on')), _connector='OR'), models.Q(('status', 'ended'), _negated=True)), _connector='OR'), name='recurring_next_due_in_range'),
        ),
        migrations.AddConstraint(
            model_name='recurringrun',
            constraint=models.UniqueConstraint(fields=('recurring', 'due_on', 'attempt'), name='recurring_run_attempt_unique'),
        ),
        migrations.AddConstraint(
            model_name='recurringrun',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome', 'posted')), fields=('recurring', 'due_on'), name='recurring_run_posted_once'),
        ),
        migrations.AddConstraint(
            model_name='recurringrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('code', ''), ('journal__isnull', False), ('outcome', 'posted')), models.Q(('journal__isnull', True), ('outcome', 'refused'), models.Q(('code', ''), _negated=True)), _connector='OR'), name='recurring_run_outcome'),
        ),
        migrations.AddIndex(
            model_name='scheduledreversal',
            index=models.Index(fields=['entity', 'due_on', 'journal'], name='scheduled_reversal_due'),
        ),
        *[
            sql_file(__file__, name)
            for name in (
                "scheduled_reversal_immutable",
                "recurring_run_immutable",
            )
        ],
    ]
