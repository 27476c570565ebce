from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "ledgerflow.access"
    verbose_name = "API access"
