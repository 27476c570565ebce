"""What the shop does with credits."""

from apps.credits.applications import BaseLedgerOperations
from apps.credits.definitions import Amount, Operation


class ShopOperations(BaseLedgerOperations):
    NAME = "shop"
    APP_CONFIG = (
        Operation("WELCOME", "grant", Amount(fixed=20), once_per="ever"),
        Operation("DOWNLOAD", "spend", Amount(fixed=5)),
    )
