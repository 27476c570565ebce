from django.urls import path

from ledgerflow.web.endpoints import view
from recon.matching import api

BANK_ACCOUNT = "recon/bank-accounts/<str:code>/"

urlpatterns = [
    path("recon/match-rules", view(api.match_rules_show, api.match_rules_set), name="match-rules"),
    path(f"{BANK_ACCOUNT}match-rules", view(api.account_rules_show, api.account_rules_set), name="account-match-rules"),
    path(f"{BANK_ACCOUNT}match-runs", view(api.match_run), name="match-runs"),
    path(f"{BANK_ACCOUNT}matches", view(api.match_list, api.match_make), name="matches"),
    path(f"{BANK_ACCOUNT}differences", view(api.match_difference), name="match-differences"),
    path(f"{BANK_ACCOUNT}suggestions", view(api.match_suggestion_list), name="match-suggestions"),
    path(f"{BANK_ACCOUNT}unmatched-lines", view(api.unmatched_line_list), name="unmatched-lines"),
    path(f"{BANK_ACCOUNT}unmatched-postings", view(api.unmatched_posting_list), name="unmatched-postings"),
    path("recon/matches/<uuid:match_id>", view(api.match_show), name="match"),
    path("recon/matches/<uuid:match_id>/unmatch", view(api.match_unmatch), name="match-unmatch"),
    path("recon/matches/<uuid:match_id>/residual", view(api.match_residual), name="match-residual"),
    path(
        "recon/suggestions/<uuid:suggestion_id>/confirm",
        view(api.match_suggestion_confirm),
        name="match-suggestion-confirm",
    ),
    path(
        "recon/suggestions/<uuid:suggestion_id>/reject",
        view(api.match_suggestion_reject),
        name="match-suggestion-reject",
    ),
    path("recon/lines/<uuid:line_id>/split", view(api.statement_line_split), name="statement-line-split"),
    path("recon/lines/<uuid:line_id>/join", view(api.statement_line_join), name="statement-line-join"),
]
