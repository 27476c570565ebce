from django.urls import path
from drf_spectacular.views import SpectacularSwaggerSplitView

from ledgerflow.web import health
from ledgerflow.web.schema_view import SchemaView

urlpatterns = [
    path("health", health.HealthView.as_view(), name="health"),
    path("health/live", health.LiveView.as_view(), name="health-live"),
    path("health/ready", health.ReadyView.as_view(), name="health-ready"),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
