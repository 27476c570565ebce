from django.urls import path

from ledgerflow.events.publishing import api
from ledgerflow.web.endpoints import view

urlpatterns = [path("sinks", view(api.sink_list), name="sinks")]
