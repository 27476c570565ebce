from django.urls import path

from journals.holds import api

urlpatterns = [
    path("holds", api.HoldsView.as_view(), name="holds"),
    path("holds/<uuid:hold_id>", api.HoldView.as_view(), name="hold"),
    path("holds/<uuid:hold_id>/capture", api.CaptureView.as_view(), name="hold-capture"),
    path("holds/<uuid:hold_id>/release", api.ReleaseView.as_view(), name="hold-release"),
]
