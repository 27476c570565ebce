from django.urls import path

from ledgerflow.events.feed import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("events", view(api.event_list), name="events"),
    path("event-types", view(api.event_type_list), name="event-types"),
    path("event-types/<str:event_type>", view(api.event_type_show), name="event-type"),
]
