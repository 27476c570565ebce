from django.apps import AppConfig


class FxConfig(AppConfig):
    name = "fx"
    verbose_name = "Foreign exchange"

    def ready(self) -> None:
        from fx.verification import check_rates
        from journals import extensions

        extensions.verifiers.append(check_rates)
