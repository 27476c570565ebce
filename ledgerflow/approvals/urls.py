from django.urls import path

from ledgerflow.approvals import api

urlpatterns = [
    path("proposals", api.ProposalsView.as_view(), name="proposals"),
    path("proposals/<uuid:proposal_id>", api.ProposalView.as_view(), name="proposal"),
    path("proposals/<uuid:proposal_id>/approve", api.ApproveView.as_view(), name="proposal-approve"),
    path("proposals/<uuid:proposal_id>/reject", api.RejectView.as_view(), name="proposal-reject"),
    path("proposals/<uuid:proposal_id>/withdraw", api.WithdrawView.as_view(), name="proposal-withdraw"),
    path("proposals/<uuid:proposal_id>/execute", api.ExecuteView.as_view(), name="proposal-execute"),
]
