"""What clients of old speak: at the root, and unchanged by versions of the API."""

from django.urls import path, register_converter

from apps.credits.doors import api
from ledgerflow.web.endpoints import view
from ledgerflow.web.health import health_status
from ledgerflow.web.schema_view import RedocView, SwaggerView


class AnyText:
    """An owner's id has whatever characters it has, a slash or a line break among them."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(AnyText, "any")

urlpatterns = [
    path("ledger", view(api.ledger_post), name="ledger"),
    path("ledger/entry", view(api.ledger_entry_post), name="ledger-entry"),
    path("balance/<any:owner_id>", view(api.ledger_balance), name="ledger-balance"),
    path("health", view(health_status), name="health-status"),
    path("docs", SwaggerView.as_view(), name="swagger"),
    path("redoc", RedocView.as_view(), name="redoc"),
]
