from django.urls import path

from journals.holds import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("holds", view(api.hold_list, api.hold_place), name="holds"),
    path("holds/<uuid:hold_id>", view(api.hold_show, api.hold_extend), name="hold"),
    path("holds/<uuid:hold_id>/capture", view(api.hold_capture), name="hold-capture"),
    path("holds/<uuid:hold_id>/release", view(api.hold_release), name="hold-release"),
]
