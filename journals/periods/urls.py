from django.urls import path

from journals.periods import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("periods", view(api.period_list, api.period_make_year), name="periods"),
    path("periods/earlier-years", view(api.period_earlier_years), name="periods-earlier-years"),
    path("periods/<uuid:period_id>", view(api.period_show), name="period"),
    path("periods/<uuid:period_id>/lock", view(api.period_lock), name="period-lock"),
    path("periods/<uuid:period_id>/unlock", view(api.period_unlock), name="period-unlock"),
    path("periods/<uuid:period_id>/close", view(api.period_close), name="period-close"),
    path("periods/<uuid:period_id>/reopen", view(api.period_reopen), name="period-reopen"),
    path("periods/<uuid:period_id>/year-end", view(api.period_year_end), name="period-year-end"),
]
