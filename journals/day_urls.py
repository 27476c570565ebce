from django.urls import path

from journals.api import days

urlpatterns = [
    path("days", days.DaysView.as_view(), name="days"),
    path("days/next", days.NextDayView.as_view(), name="day-next"),
    path("days/<str:day>", days.DayView.as_view(), name="day"),
    path("days/<str:day>/close", days.CloseDayView.as_view(), name="day-close"),
    path("days/<str:day>/cancel", days.CancelView.as_view(), name="day-cancel"),
    path("days/<str:day>/reopen", days.ReopenView.as_view(), name="day-reopen"),
    path("days/<str:day>/trial-balance", days.TrialBalanceView.as_view(), name="day-trial-balance"),
    path("day-policy", days.DayPolicyView.as_view(), name="day-policy"),
]
