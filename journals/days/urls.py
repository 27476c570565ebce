from django.urls import path

from journals.days import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("days", view(api.day_list), name="days"),
    path("days/next", view(api.day_next), name="day-next"),
    path("days/<str:day>", view(api.day_show), name="day"),
    path("days/<str:day>/close", view(api.day_close), name="day-close"),
    path("days/<str:day>/cancel", view(api.day_cancel), name="day-cancel"),
    path("days/<str:day>/reopen", view(api.day_reopen), name="day-reopen"),
    path("days/<str:day>/trial-balance", view(api.day_trial_balance), name="day-trial-balance"),
    path("day-policy", view(api.day_policy_show, api.day_policy_change), name="day-policy"),
]
