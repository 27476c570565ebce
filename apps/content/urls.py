from django.urls import path

from apps.content import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("content", view(api.content_write), name="content"),
    path("content/<uuid:piece_id>/access", view(api.content_access), name="content-access"),
]
