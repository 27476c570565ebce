from django.urls import path

from journals.taxes import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("tax-codes", view(api.tax_code_list, api.tax_code_set), name="tax-codes"),
    path("tax-journals", view(api.tax_journal_post), name="tax-journals"),
]
