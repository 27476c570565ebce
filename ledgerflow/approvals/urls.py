from django.urls import path

from ledgerflow.approvals import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("proposals", view(api.proposal_list), name="proposals"),
    path("proposals/<uuid:proposal_id>", view(api.proposal_show), name="proposal"),
    path("proposals/<uuid:proposal_id>/approve", view(api.proposal_approve), name="proposal-approve"),
    path("proposals/<uuid:proposal_id>/reject", view(api.proposal_reject), name="proposal-reject"),
    path("proposals/<uuid:proposal_id>/withdraw", view(api.proposal_withdraw), name="proposal-withdraw"),
    path("proposals/<uuid:proposal_id>/execute", view(api.proposal_execute), name="proposal-execute"),
]
