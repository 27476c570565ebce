from django.urls import path

from journals.attachments import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path(
        "journals/<uuid:journal_id>/attachments",
        view(api.attachment_list, api.attachment_add),
        name="attachments",
    ),
    path(
        "journals/<uuid:journal_id>/attachments/<str:sha256>",
        view(api.attachment_download),
        name="attachment",
    ),
]
