from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "ledgerflow.ops"
    label = "ops"
    verbose_name = "Operations"
