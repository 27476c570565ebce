from django.urls import path

from journals.days import api

urlpatterns = [
    path("days", api.DaysView.as_view(), name="days"),
    path("days/next", api.NextDayView.as_view(), name="day-next"),
    path("days/<str:day>", api.DayView.as_view(), name="day"),
    path("days/<str:day>/close", api.CloseDayView.as_view(), name="day-close"),
    path("days/<str:day>/cancel", api.CancelView.as_view(), name="day-cancel"),
    path("days/<str:day>/reopen", api.ReopenView.as_view(), name="day-reopen"),
    path("days/<str:day>/trial-balance", api.TrialBalanceView.as_view(), name="day-trial-balance"),
    path("day-policy", api.DayPolicyView.as_view(), name="day-policy"),
]
