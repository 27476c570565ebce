from django.urls import path

from journals.api import holds, views

urlpatterns = [
    path("transfers", views.TransferView.as_view(), name="transfers"),
    path("journals", views.JournalsView.as_view(), name="journals"),
    path("journals/batch", views.BatchView.as_view(), name="batch"),
    path("journals/<uuid:journal_id>", views.JournalView.as_view(), name="journal"),
    path("journals/<uuid:journal_id>/reverse", views.ReverseView.as_view(), name="reverse"),
    path("holds", holds.HoldsView.as_view(), name="holds"),
    path("holds/<uuid:hold_id>", holds.HoldView.as_view(), name="hold"),
    path("holds/<uuid:hold_id>/capture", holds.CaptureView.as_view(), name="hold-capture"),
    path("holds/<uuid:hold_id>/release", holds.ReleaseView.as_view(), name="hold-release"),
]
