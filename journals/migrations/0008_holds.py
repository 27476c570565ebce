"""Holds and their steps."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import ledgerflow.core.fields
from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_fences'),
        ('books', '0004_proposal_fences'),
        ('journals', '0007_schedules'),
    ]

    operations = [
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=12)),
                ('amount', ledgerflow.core.fields.MoneyField()),
                ('captured', ledgerflow.core.fields.MoneyField()),
                ('remaining', ledgerflow.core.fields.MoneyField()),
                ('status', models.CharField(choices=[('active', 'active'), ('captured', 'captured'), ('released', 'released'), ('expired', 'expired')], max_length=8)),
                ('entries', models.BigIntegerField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('description', models.CharField(max_length=500)),
                ('external_reference', models.CharField(max_length=200)),
                ('metadata', models.JSONField(null=True)),
                ('actor', models.CharField(max_length=128)),
                ('placed_at', models.DateTimeField()),
                ('event_sequence', models.BigIntegerField()),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='accounts.account')),
                ('entity', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='books.entity')),
            ],
        ),
        migrations.CreateModel(
            name='HoldEntry',
            fields=[
                ('pk', models.CompositePrimaryKey('hold_id', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField()),
                ('entity_id', models.UUIDField()),
                ('action', models.CharField(choices=[('placed', 'placed'), ('captured', 'captured'), ('released', 'released'), ('expired', 'expired')], max_length=8)),
                ('amount', ledgerflow.core.fields.MoneyField()),
                ('held_after', ledgerflow.core.fields.MoneyField()),
                ('account_version', models.BigIntegerField()),
                ('effective_date', models.DateField()),
                ('event_sequence', models.BigIntegerField()),
                ('recorded_at', models.DateTimeField()),
                ('actor', models.CharField(max_length=128)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='hold_entries', to='accounts.account')),
                ('hold', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='journals.hold')),
                ('journal', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='hold_entries', to='journals.journal')),
            ],
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(fields=['account', 'event_sequence'], name='hold_by_account'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('status', 'active')), fields=['account', 'event_sequence'], name='hold_open_by_account'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('status', 'active')), fields=['entity', 'event_sequence'], name='hold_open'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('expires_at__isnull', False), ('status', 'active')), fields=['expires_at', 'entity'], name='hold_due'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(fields=('id', 'account', 'entity'), name='hold_account_unique'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(fields=('entity', 'event_sequence'), name='hold_event_unique'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('amount__lt', Decimal('1.000000000000000000000000000E+45')), ('captured__gte', 0), ('remaining__gte', 0), ('amount__gte', django.db.models.expressions.CombinedExpression(models.F('captured'), '+', models.F('remaining')))), name='hold_amounts_sane'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('remaining__gt', 0), ('status', 'active')), models.Q(('status__in', ['released', 'expired']), ('remaining', 0)), models.Q(('captured__gt', 0), ('remaining', 0), ('status', 'captured')), _connector='OR'), name='hold_status_consistent'),
        ),
        migrations.AddIndex(
            model_name='holdentry',
            index=models.Index(fields=['account', 'account_version', 'event_sequence'], name='hold_entry_in_register'),
        ),
        migrations.AddIndex(
            model_name='holdentry',
            index=models.Index(condition=models.Q(('journal__isnull', False)), fields=['journal'], name='hold_entry_of_journal'),
        ),
        migrations.AddConstraint(
            model_name='holdentry',
            constraint=models.UniqueConstraint(fields=('entity_id', 'event_sequence'), name='hold_entry_event_unique'),
        ),
        migrations.AddConstraint(
            model_name='holdentry',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('amount__lt', Decimal('1.000000000000000000000000000E+45')), ('held_after__gte', 0), ('held_after__lt', Decimal('1.000000000000000000000000000E+45')), ('account_version__gte', 0)), name='hold_entry_amounts_sane'),
        ),
        migrations.AddConstraint(
            model_name='holdentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('action', 'placed'), ('journal__isnull', True), ('number', 1)), models.Q(('action', 'captured'), ('journal__isnull', False), ('number__gt', 1)), models.Q(('action', 'released'), ('number__gt', 1)), models.Q(('action', 'expired'), ('journal__isnull', True), ('number__gt', 1)), _connector='OR'), name='hold_entry_action_consistent'),
        ),
        *[
            sql_file(__file__, name)
            for name in ("hold_account", "hold_entry_of_hold", "hold_guard", "hold_entry_immutable")
        ],
    ]
