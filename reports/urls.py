from django.urls import path

from ledgerflow.web.endpoints import view
from reports.api import ENDPOINTS
from reports.audit_files.api import ENDPOINTS as AUDIT_FILES

urlpatterns = [
    *(path(f"reports/{name}", view(endpoint), name=f"report-{name}") for name, endpoint in ENDPOINTS.items()),
    *(path(f"audit-files/{name}", view(endpoint), name=f"audit-file-{name}") for name, endpoint in AUDIT_FILES.items()),
]
