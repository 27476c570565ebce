from django.apps import AppConfig


class FxConfig(AppConfig):
    name = "fx"
    verbose_name = "Foreign exchange"

    def ready(self) -> None:
        from fx import closing_checks
        from fx.demo import demo_exchange
        from fx.plugin import PLUGIN
        from fx.translation import translator
        from fx.verification import check_rates
        from fx.verification_deals import check_deals
        from journals import extensions
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
        extensions.verifiers += [check_rates, check_deals]
        extensions.checks["unrevalued_currencies"] = closing_checks.unrevalued_currencies
        extensions.checks["fx_settlements_prove"] = closing_checks.fx_settlements_prove
        extensions.revaluations.append(closing_checks.close_revaluations)
        extensions.new_day.append(closing_checks.new_day_reversals)
        extensions.register_translator(translator)
        extensions.demos.append(demo_exchange)
