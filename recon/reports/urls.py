from django.urls import path

from ledgerflow.web.endpoints import view
from recon.reports import api

urlpatterns = [
    path("reports/recon", view(api.report_recon), name="report-recon"),
    path("recon/bank-accounts/<str:code>/finish", view(api.recon_finish), name="recon-finish"),
    path("recon/runs", view(api.recon_run_list), name="recon-runs"),
    path("recon/runs/<uuid:recon_run_id>", view(api.recon_run_show), name="recon-run-show"),
]
