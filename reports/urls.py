from django.urls import path

from ledgerflow.web.endpoints import view
from reports.api import ENDPOINTS

urlpatterns = [path(f"reports/{name}", view(endpoint), name=f"report-{name}") for name, endpoint in ENDPOINTS.items()]
