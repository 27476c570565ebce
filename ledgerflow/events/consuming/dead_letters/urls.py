from django.urls import path

from ledgerflow.events.consuming.dead_letters import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("dead-letters", view(api.dead_letter_list), name="dead-letters"),
    path("dead-letters/replay", view(api.dead_letter_replay_many), name="dead-letters-replay"),
    path("dead-letters/<uuid:letter_id>", view(api.dead_letter_show), name="dead-letter"),
    path("dead-letters/<uuid:letter_id>/replay", view(api.dead_letter_replay), name="dead-letter-replay"),
    path("dead-letters/<uuid:letter_id>/discard", view(api.dead_letter_discard), name="dead-letter-discard"),
]
