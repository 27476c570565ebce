from django.urls import path

from journals.schedules import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("accruals", view(api.accrual_list, api.accrual_post), name="accruals"),
    path("recurring-journals", view(api.recurring_list, api.recurring_make), name="recurring-journals"),
    path("recurring-journals/<uuid:recurring_id>", view(api.recurring_show), name="recurring-journal"),
    path("recurring-journals/<uuid:recurring_id>/pause", view(api.recurring_pause), name="recurring-journal-pause"),
    path("recurring-journals/<uuid:recurring_id>/resume", view(api.recurring_resume), name="recurring-journal-resume"),
    path("recurring-journals/<uuid:recurring_id>/end", view(api.recurring_end), name="recurring-journal-end"),
]
