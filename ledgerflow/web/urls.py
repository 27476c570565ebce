from django.urls import path

from ledgerflow.web import health
from ledgerflow.web.endpoints import view
from ledgerflow.web.schema_view import SwaggerView, schema

urlpatterns = [
    path("health", view(health.health), name="health"),
    path("health/live", view(health.health_live), name="health-live"),
    path("health/ready", view(health.health_ready), name="health-ready"),
    path("schema", view(schema), name="schema"),
    path("docs", SwaggerView.as_view(), name="docs"),
]
