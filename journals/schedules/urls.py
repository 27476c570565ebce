from django.urls import path

from journals.schedules import api

urlpatterns = [
    path("accruals", api.AccrualsView.as_view(), name="accruals"),
    path("recurring-journals", api.RecurringJournalsView.as_view(), name="recurring-journals"),
    path("recurring-journals/<uuid:recurring_id>", api.RecurringJournalView.as_view(), name="recurring-journal"),
    path("recurring-journals/<uuid:recurring_id>/pause", api.PauseView.as_view(), name="recurring-journal-pause"),
    path(
        "recurring-journals/<uuid:recurring_id>/resume",
        api.ResumeView.as_view(),
        name="recurring-journal-resume",
    ),
    path("recurring-journals/<uuid:recurring_id>/end", api.EndView.as_view(), name="recurring-journal-end"),
]
