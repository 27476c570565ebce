from django.urls import path

from ledgerflow.web.endpoints import view
from recon.cases import api

urlpatterns = [
    path("recon/exceptions", view(api.recon_exception_list), name="recon-exceptions"),
    path("recon/exceptions/actions", view(api.recon_exceptions_act), name="recon-exceptions-actions"),
    path("recon/exceptions/<uuid:exception_id>", view(api.recon_exception_show), name="recon-exception"),
    path("recon/exceptions/<uuid:exception_id>/actions", view(api.recon_exception_act), name="recon-exception-actions"),
    path("recon/bank-accounts/<str:code>/reconcile", view(api.recon_run), name="recon-run"),
]
