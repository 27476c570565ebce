"""The business day: what fences it, how it was closed, its snapshots; day totals in parts; periods."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import ledgerflow.core.fields
import ledgerflow.core.ids
from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_fences'),
        ('books', '0002_fences'),
        ('journals', '0004_journal_by_kind'),
    ]

    operations = [
        migrations.CreateModel(
            name='DayClose',
            fields=[
                ('id', models.UUIDField(default=ledgerflow.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('version', models.PositiveIntegerField()),
                ('number', models.BigIntegerField()),
                ('previous_day', models.DateField(null=True)),
                ('actor', models.CharField(max_length=128)),
                ('event_sequence', models.BigIntegerField()),
                ('started_at', models.DateTimeField()),
            ],
            options={
                'permissions': [('close_day', 'Can close a day, and give up its close'), ('reopen_day', 'Can propose and approve to reopen a closed day'), ('lock_period', 'Can lock, unlock and close a period'), ('override_lock', 'Can post into a locked period, with a reason')],
            },
        ),
        migrations.CreateModel(
            name='DayCloseStep',
            fields=[
                ('id', models.UUIDField(default=ledgerflow.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('step', models.CharField(max_length=20)),
                ('outcome', models.CharField(choices=[('done', 'done'), ('warned', 'warned'), ('blocked', 'blocked'), ('failed', 'failed')], max_length=7)),
                ('detail', models.JSONField(default=dict)),
                ('actor', models.CharField(max_length=128)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='DayPolicy',
            fields=[
                ('entity', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='day_policy', serialize=False, to='books.entity')),
                ('cut_off_minutes', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('weekend', models.JSONField(blank=True, default=list)),
                ('holidays', models.JSONField(blank=True, default=dict)),
                ('holiday_policy', models.CharField(choices=[('allow', 'allow it'), ('refuse', 'refuse it'), ('following', 'date it to the following business day')], default='allow', max_length=9)),
                ('checks', models.JSONField(blank=True, default=dict)),
                ('revision', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='DaySnapshot',
            fields=[
                ('pk', models.CompositePrimaryKey('account_id', 'day', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('number', models.BigIntegerField()),
                ('opening', ledgerflow.core.fields.MoneyField()),
                ('debits', ledgerflow.core.fields.MoneyField()),
                ('credits', ledgerflow.core.fields.MoneyField()),
                ('closing', ledgerflow.core.fields.MoneyField()),
                ('count', models.BigIntegerField()),
                ('last_version', models.BigIntegerField()),
                ('total_debits', ledgerflow.core.fields.MoneyField()),
                ('total_credits', ledgerflow.core.fields.MoneyField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='accounts.account')),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='dayfence',
            name='day_fence_consistent',
        ),
        migrations.AddField(
            model_name='dayfence',
            name='approved_by',
            field=models.CharField(blank=True, default='', max_length=128),
        ),
        migrations.AddField(
            model_name='dayfence',
            name='event_sequence',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='dayfence',
            name='ordinary_through',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='dayfence',
            name='proposal_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='journal',
            name='original_date',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='periodstatus',
            name='approved_by',
            field=models.CharField(blank=True, default='', max_length=128),
        ),
        migrations.AddField(
            model_name='periodstatus',
            name='event_sequence',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='periodstatus',
            name='reason',
            field=models.CharField(blank=True, default='', max_length=500),
        ),
        migrations.AlterField(
            model_name='dayfence',
            name='action',
            field=models.CharField(choices=[('cut_off', 'Cut Off'), ('close', 'Close'), ('cancel', 'Cancel'), ('reopen', 'Reopen')], max_length=7),
        ),
        migrations.AddConstraint(
            model_name='dayfence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('action', 'cut_off'), ('ordinary_through', models.F('day')), ('ordinary_through__isnull', False), models.Q(('closed_through__isnull', True), ('closed_through__lt', models.F('day')), _connector='OR')), models.Q(('action', 'close'), ('closed_through', models.F('day')), ('closed_through__isnull', False), ('ordinary_through', models.F('day')), ('ordinary_through__isnull', False)), models.Q(('action__in', ['cancel', 'reopen']), ('closed_through__isnull', True), ('ordinary_through__isnull', True)), models.Q(('action__in', ['cancel', 'reopen']), ('closed_through__isnull', False), ('closed_through__lt', models.F('day')), ('ordinary_through', models.F('closed_through')), ('ordinary_through__isnull', False)), _connector='OR'), name='day_fence_consistent'),
        ),
        migrations.AddConstraint(
            model_name='dayfence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('action', 'reopen'), _negated=True), models.Q(models.Q(('reason', ''), _negated=True), models.Q(('approved_by', ''), _negated=True), models.Q(('approved_by', models.F('actor')), _negated=True)), _connector='OR'), name='day_fence_reopened_by_two'),
        ),
        migrations.AddConstraint(
            model_name='periodstatus',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'locked', 'closed'])), name='period_status_known'),
        ),
        migrations.AddField(
            model_name='dayclose',
            name='entity',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='day_closes', to='books.entity'),
        ),
        migrations.AddField(
            model_name='dayclosestep',
            name='close',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='journals.dayclose'),
        ),
        migrations.AddConstraint(
            model_name='daypolicy',
            constraint=models.CheckConstraint(condition=models.Q(('cut_off_minutes__isnull', True), models.Q(('cut_off_minutes__gte', 1), ('cut_off_minutes__lte', 2880)), _connector='OR'), name='day_policy_cut_off_range'),
        ),
        migrations.AddConstraint(
            model_name='daypolicy',
            constraint=models.CheckConstraint(condition=models.Q(('holiday_policy__in', ['allow', 'refuse', 'following'])), name='day_policy_holidays_known'),
        ),
        migrations.AddConstraint(
            model_name='dayclose',
            constraint=models.UniqueConstraint(fields=('entity', 'day', 'version'), name='day_close_version_unique'),
        ),
        migrations.AddConstraint(
            model_name='dayclose',
            constraint=models.UniqueConstraint(fields=('entity', 'number'), name='day_close_number_unique'),
        ),
        migrations.AddConstraint(
            model_name='dayclosestep',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome__in', ['done', 'warned'])), fields=('close', 'step'), name='day_close_step_once'),
        ),
        migrations.AddConstraint(
            model_name='dayclosestep',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['done', 'warned', 'blocked', 'failed'])), name='day_close_step_outcome'),
        ),
        migrations.AddConstraint(
            model_name='daysnapshot',
            constraint=models.CheckConstraint(condition=models.Q(('closing', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('opening'), '+', models.F('debits')), '-', models.F('credits'))), ('closing', django.db.models.expressions.CombinedExpression(models.F('total_debits'), '-', models.F('total_credits')))), name='day_snapshot_adds_up'),
        ),
        # The primary key of a model cannot be altered: its state is made anew, the table is changed by SQL.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="DayTotal"),
                migrations.CreateModel(
                    name="DayTotal",
                    fields=[
                        ('pk', models.CompositePrimaryKey('account_id', 'effective_date', 'layer', 'part', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('effective_date', models.DateField()),
                        ('layer', models.CharField(max_length=10)),
                        ('part', models.IntegerField()),
                        ('debits', ledgerflow.core.fields.MoneyField()),
                        ('credits', ledgerflow.core.fields.MoneyField()),
                        ('count', models.BigIntegerField()),
                        ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='day_totals', to='accounts.account')),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('layer', 'ordinary'), _negated=True), fields=['account', 'effective_date'], name='day_total_other_layers')],
                    },
                ),
            ],
            database_operations=[sql_file(__file__, "day_total_parts")],
        ),
        *[
            sql_file(__file__, name)
            for name in (
                "journal_fence_closing",
                "period_status_of",
                "period_open_for_layer",
                "period_status_order",
                "period_immutable",
                "day_fence_lines",
                "day_close_immutable",
                "day_close_step_immutable",
                "day_snapshot_immutable",
                "version_at",
                "figures_at",
            )
        ],
    ]
