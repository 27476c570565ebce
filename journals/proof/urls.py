from django.urls import path

from journals.proof import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("journals/<uuid:journal_id>/proof", view(api.journal_proof), name="journal-proof"),
]
