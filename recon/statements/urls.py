from django.urls import path

from ledgerflow.web.endpoints import view
from recon.statements import api

urlpatterns = [
    path("recon/bank-accounts", view(api.bank_account_list), name="bank-accounts"),
    path("recon/bank-accounts/<str:code>", view(api.bank_account_show, api.bank_account_set), name="bank-account"),
    path("recon/statements", view(api.statement_list, api.statement_import), name="statements"),
    path("recon/statements/<uuid:statement_id>", view(api.statement_show), name="statement"),
    path("recon/statements/<uuid:statement_id>/undo", view(api.statement_undo), name="statement-undo"),
    path("recon/statements/<uuid:statement_id>/balances", view(api.statement_balances), name="statement-balances"),
    path("recon/lines", view(api.statement_line_list), name="statement-lines"),
    path("recon/lines/<uuid:line_id>", view(api.statement_line_show), name="statement-line"),
]
