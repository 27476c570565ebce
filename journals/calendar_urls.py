from django.urls import path

from journals.api import periods, schedules

urlpatterns = [
    path("periods", periods.PeriodsView.as_view(), name="periods"),
    path("periods/<uuid:period_id>", periods.PeriodView.as_view(), name="period"),
    path("periods/<uuid:period_id>/lock", periods.LockView.as_view(), name="period-lock"),
    path("periods/<uuid:period_id>/unlock", periods.UnlockView.as_view(), name="period-unlock"),
    path("periods/<uuid:period_id>/close", periods.ClosePeriodView.as_view(), name="period-close"),
    path("periods/<uuid:period_id>/reopen", periods.ReopenPeriodView.as_view(), name="period-reopen"),
    path("periods/<uuid:period_id>/year-end", periods.YearEndView.as_view(), name="period-year-end"),
    path("accruals", schedules.AccrualsView.as_view(), name="accruals"),
    path("recurring-journals", schedules.RecurringJournalsView.as_view(), name="recurring-journals"),
    path("recurring-journals/<uuid:recurring_id>", schedules.RecurringJournalView.as_view(), name="recurring-journal"),
    path("recurring-journals/<uuid:recurring_id>/pause", schedules.PauseView.as_view(), name="recurring-journal-pause"),
    path(
        "recurring-journals/<uuid:recurring_id>/resume",
        schedules.ResumeView.as_view(),
        name="recurring-journal-resume",
    ),
    path("recurring-journals/<uuid:recurring_id>/end", schedules.EndView.as_view(), name="recurring-journal-end"),
]
