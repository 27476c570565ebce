from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Chart of accounts"

    def ready(self) -> None:
        from accounts.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
