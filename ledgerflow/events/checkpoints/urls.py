from django.urls import path

from ledgerflow.events.checkpoints import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("checkpoints", view(api.checkpoint_list, api.checkpoint_make), name="checkpoints"),
    path("checkpoints/key", view(api.checkpoint_key), name="checkpoint-key"),
    path("checkpoints/<int:size>", view(api.checkpoint_show), name="checkpoint"),
    path("checkpoints/<int:size>/consistency", view(api.checkpoint_consistency), name="checkpoint-consistency"),
]
