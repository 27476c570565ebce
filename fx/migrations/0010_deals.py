"""Quotes, settlements, valuation pairs, revaluations, and when a close revalues."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import ledgerflow.core.fields
import ledgerflow.core.ids
from ledgerflow.core.sqlfiles import sql_file


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_fences'),
        ('books', '0004_proposal_fences'),
        ('fx', '0002_fences'),
        ('journals', '0005_business_day'),
    ]

    operations = [
        migrations.CreateModel(
            name='FxQuote',
            fields=[
                ('id', models.UUIDField(default=ledgerflow.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('sell_account', models.CharField(blank=True, default='', max_length=100)),
                ('sell_currency', models.CharField(max_length=12)),
                ('sell_amount', ledgerflow.core.fields.MoneyField()),
                ('buy_account', models.CharField(blank=True, default='', max_length=100)),
                ('buy_currency', models.CharField(max_length=12)),
                ('gross_amount', ledgerflow.core.fields.MoneyField()),
                ('buy_amount', ledgerflow.core.fields.MoneyField()),
                ('spread_percent', models.DecimalField(decimal_places=4, max_digits=7)),
                ('spread_amount', ledgerflow.core.fields.MoneyField()),
                ('rate_on', models.DateField()),
                ('rate_kind', models.CharField(max_length=7)),
                ('chain', models.JSONField()),
                ('expires_at', models.DateTimeField()),
                ('event_sequence', models.BigIntegerField()),
                ('recorded_at', models.DateTimeField()),
                ('actor', models.CharField(max_length=128)),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='fx_quotes', to='books.entity')),
            ],
            options={
                'verbose_name': 'FX quote',
            },
        ),
        migrations.CreateModel(
            name='Revaluation',
            fields=[
                ('id', models.UUIDField(default=ledgerflow.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField()),
                ('day', models.DateField()),
                ('kind', models.CharField(choices=[('revaluation', 'Revaluation'), ('reversal', 'Reversal')], max_length=11)),
                ('method', models.CharField(max_length=12)),
                ('event_sequence', models.BigIntegerField()),
                ('recorded_at', models.DateTimeField()),
                ('actor', models.CharField(max_length=128)),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='revaluations', to='books.entity')),
            ],
        ),
        migrations.CreateModel(
            name='RevaluationLine',
            fields=[
                ('pk', models.CompositePrimaryKey('run_id', 'account_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=12)),
                ('position', ledgerflow.core.fields.MoneyField()),
                ('cost', ledgerflow.core.fields.MoneyField()),
                ('realised', ledgerflow.core.fields.MoneyField()),
                ('closing_value', ledgerflow.core.fields.MoneyField()),
                ('unrealised', ledgerflow.core.fields.MoneyField()),
                ('chain', models.JSONField()),
                ('posted_gain', ledgerflow.core.fields.MoneyField()),
                ('posted_loss', ledgerflow.core.fields.MoneyField()),
                ('posted_realised', ledgerflow.core.fields.MoneyField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revaluations', to='accounts.account')),
                ('journal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='journals.journal')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='fx.revaluation')),
            ],
        ),
        migrations.CreateModel(
            name='PinnedRate',
            fields=[
                ('pk', models.CompositePrimaryKey('entity_id', 'currency', 'day', blank=True, editable=False, primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=12)),
                ('day', models.DateField()),
                ('chain', models.JSONField()),
                ('entity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='books.entity')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='pinned', to='fx.revaluation')),
            ],
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.UUIDField(default=ledgerflow.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('effective_date', models.DateField()),
                ('sell_side', models.CharField(choices=[('debit', 'Debit'), ('credit', 'Credit')], max_length=6)),
                ('sell_currency', models.CharField(max_length=12)),
                ('sell_amount', ledgerflow.core.fields.MoneyField()),
                ('buy_currency', models.CharField(max_length=12)),
                ('gross_amount', ledgerflow.core.fields.MoneyField()),
                ('buy_amount', ledgerflow.core.fields.MoneyField()),
                ('spread_percent', models.DecimalField(decimal_places=4, max_digits=7)),
                ('spread_amount', ledgerflow.core.fields.MoneyField()),
                ('rate_on', models.DateField()),
                ('rate_kind', models.CharField(max_length=7)),
                ('chain', models.JSONField()),
                ('base_chain', models.JSONField()),
                ('sell_base', ledgerflow.core.fields.MoneyField()),
                ('gross_base', ledgerflow.core.fields.MoneyField()),
                ('buy_base', ledgerflow.core.fields.MoneyField()),
                ('spread_base', ledgerflow.core.fields.MoneyField()),
                ('rounding_base', ledgerflow.core.fields.MoneyField()),
                ('rounding', models.CharField(max_length=20)),
                ('accounts', models.JSONField()),
                ('idempotency_key', models.CharField(max_length=255)),
                ('fingerprint', models.CharField(max_length=64)),
                ('event_sequence', models.BigIntegerField()),
                ('recorded_at', models.DateTimeField()),
                ('actor', models.CharField(max_length=128)),
                ('buy_account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('buy_journal', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='journals.journal')),
                ('entity', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='books.entity')),
                ('quote', models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settlement', to='fx.fxquote')),
                ('sell_account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.account')),
                ('sell_journal', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='journals.journal')),
            ],
        ),
        migrations.CreateModel(
            name='SettlementReversal',
            fields=[
                ('settlement', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='reversal', serialize=False, to='fx.settlement')),
                ('effective_date', models.DateField()),
                ('event_sequence', models.BigIntegerField()),
                ('recorded_at', models.DateTimeField()),
                ('actor', models.CharField(max_length=128)),
                ('buy_journal', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='journals.journal')),
                ('sell_journal', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='journals.journal')),
            ],
        ),
        migrations.CreateModel(
            name='ValuationPair',
            fields=[
                ('account', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='valued_by', serialize=False, to='accounts.account')),
                ('type', models.CharField(max_length=9)),
                ('event_sequence', models.BigIntegerField()),
                ('recorded_at', models.DateTimeField()),
                ('actor', models.CharField(max_length=128)),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='books.entity')),
                ('valuation', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='values', to='accounts.account')),
            ],
        ),
        migrations.AddField(
            model_name='fxpolicy',
            name='revalue',
            field=models.CharField(choices=[('daily', 'every day'), ('period_end', 'on the last day of each period')], db_default='daily', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='fxpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('revalue__in', ['daily', 'period_end'])), name='fx_policy_schedule_known'),
        ),
        migrations.AddConstraint(
            model_name='fxquote',
            constraint=models.CheckConstraint(condition=models.Q(('buy_amount__gt', 0), ('gross_amount', django.db.models.expressions.CombinedExpression(models.F('buy_amount'), '+', models.F('spread_amount'))), ('sell_amount__gt', 0), ('spread_amount__gte', 0), ('gross_amount__lt', Decimal('1.000000000000000000000000000E+45')), ('sell_amount__lt', Decimal('1.000000000000000000000000000E+45')), models.Q(('sell_currency', models.F('buy_currency')), _negated=True), ('spread_percent__gte', 0), ('spread_percent__lt', 50)), name='fx_quote_adds_up'),
        ),
        migrations.AddIndex(
            model_name='revaluation',
            index=models.Index(fields=['entity', 'day'], name='fx_revaluation_by_day'),
        ),
        migrations.AddConstraint(
            model_name='revaluation',
            constraint=models.UniqueConstraint(fields=('entity', 'number'), name='fx_revaluation_number_unique'),
        ),
        migrations.AddConstraint(
            model_name='revaluation',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['revaluation', 'reversal'])), name='fx_revaluation_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='revaluationline',
            constraint=models.CheckConstraint(condition=models.Q(('unrealised', django.db.models.expressions.CombinedExpression(models.F('closing_value'), '-', models.F('cost'))), ('unrealised__gt', Decimal('-1.000000000000000000000000000E+45')), ('unrealised__lt', Decimal('1.000000000000000000000000000E+45')), ('posted_gain__gt', Decimal('-1.000000000000000000000000000E+45')), ('posted_gain__lt', Decimal('1.000000000000000000000000000E+45')), ('posted_loss__gt', Decimal('-1.000000000000000000000000000E+45')), ('posted_loss__lt', Decimal('1.000000000000000000000000000E+45')), ('posted_realised__gt', Decimal('-1.000000000000000000000000000E+45')), ('posted_realised__lt', Decimal('1.000000000000000000000000000E+45'))), name='fx_revaluation_line_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='revaluationline',
            constraint=models.CheckConstraint(condition=models.Q(('journal__isnull', False), models.Q(('posted_gain', 0), ('posted_loss', 0), ('posted_realised', 0)), _connector='OR'), name='fx_revaluation_line_posted'),
        ),
        migrations.AddIndex(
            model_name='settlement',
            index=models.Index(fields=['entity', 'effective_date'], name='fx_settlement_by_date'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('buy_amount__gt', 0), ('gross_amount', django.db.models.expressions.CombinedExpression(models.F('buy_amount'), '+', models.F('spread_amount'))), ('sell_amount__gt', 0), ('spread_amount__gte', 0), ('gross_amount__lt', Decimal('1.000000000000000000000000000E+45')), ('sell_amount__lt', Decimal('1.000000000000000000000000000E+45')), models.Q(('sell_currency', models.F('buy_currency')), _negated=True), ('spread_percent__gte', 0), ('spread_percent__lt', 50)), name='fx_settlement_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('gross_base', django.db.models.expressions.CombinedExpression(models.F('buy_base'), '+', models.F('spread_base'))), ('sell_base', django.db.models.expressions.CombinedExpression(models.F('gross_base'), '+', models.F('rounding_base'))), ('sell_base__lt', Decimal('1.000000000000000000000000000E+45'))), name='fx_settlement_adds_up_in_base'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('sell_side__in', ['debit', 'credit'])), name='fx_settlement_side_known'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('sell_journal', models.F('buy_journal')), _negated=True), name='fx_settlement_two_journals'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(fields=('entity', 'idempotency_key'), name='fx_settlement_key_unique'),
        ),
        migrations.AddConstraint(
            model_name='valuationpair',
            constraint=models.CheckConstraint(condition=models.Q(('account', models.F('valuation')), _negated=True), name='fx_valuation_pair_of_two'),
        ),
        *[
            sql_file(__file__, name)
            for name in (
                "quote_immutable",
                "settlement_immutable",
                "settlement_reversal_immutable",
                "revaluation_immutable",
                "revaluation_line_immutable",
                "pinned_rate_immutable",
                "settlement_fence",
                "settlement_reversal_fence",
                "valuation_pair_accounts",
                "valuation_pair_guard",
            )
        ],
    ]
