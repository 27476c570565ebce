from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "ledgerflow.web"
    label = "web"
    verbose_name = "API access"
