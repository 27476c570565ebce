from django.urls import path

from fx.deals import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("fx/quotes", view(api.fx_quote_make), name="fx-quotes"),
    path("fx/quotes/<uuid:quote_id>", view(api.fx_quote_show), name="fx-quote"),
    path("fx/settlements", view(api.fx_settlement_list, api.fx_settle), name="fx-settlements"),
    path("fx/settlements/<uuid:settlement_id>", view(api.fx_settlement_show), name="fx-settlement"),
    path("fx/settlements/<uuid:settlement_id>/reverse", view(api.fx_settlement_reverse), name="fx-settlement-reverse"),
]
