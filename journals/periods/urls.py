from django.urls import path

from journals.periods import api

urlpatterns = [
    path("periods", api.PeriodsView.as_view(), name="periods"),
    path("periods/<uuid:period_id>", api.PeriodView.as_view(), name="period"),
    path("periods/<uuid:period_id>/lock", api.LockView.as_view(), name="period-lock"),
    path("periods/<uuid:period_id>/unlock", api.UnlockView.as_view(), name="period-unlock"),
    path("periods/<uuid:period_id>/close", api.ClosePeriodView.as_view(), name="period-close"),
    path("periods/<uuid:period_id>/reopen", api.ReopenPeriodView.as_view(), name="period-reopen"),
    path("periods/<uuid:period_id>/year-end", api.YearEndView.as_view(), name="period-year-end"),
]
