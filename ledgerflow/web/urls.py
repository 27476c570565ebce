from django.urls import path
from drf_spectacular.views import SpectacularSwaggerSplitView

from ledgerflow.web import health
from ledgerflow.web.endpoints import view
from ledgerflow.web.schema_view import schema

urlpatterns = [
    path("health", view(health.health), name="health"),
    path("health/live", view(health.health_live), name="health-live"),
    path("health/ready", view(health.health_ready), name="health-ready"),
    path("schema", view(schema), name="schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="schema", schema=None), name="docs"),
]
