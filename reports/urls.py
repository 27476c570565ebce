from django.urls import path

from reports.api import VIEW_OF

urlpatterns = [
    *(path(f"reports/{name}", view.as_view(), name=f"report-{name}") for name, view in VIEW_OF.items()),
]
