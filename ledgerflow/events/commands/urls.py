from django.urls import path

from ledgerflow.events.commands import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("commands", view(api.command_list, api.command_post), name="commands"),
    path("commands/batch", view(api.command_batch), name="command-batch"),
    path("commands/<uuid:command_id>", view(api.command_show), name="command"),
]
