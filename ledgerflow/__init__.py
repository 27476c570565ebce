"""LedgerFlow: a double-entry ledger as a Django application.

Another Django project takes it in with two lines of its settings and one of its URLs (docs/host-projects.md):

    INSTALLED_APPS += ledgerflow.apps_to_install()
    ledgerflow.fill_settings(globals())                     # at the end of the settings
    path("money/", include("ledgerflow.urls_to_include"))   # in the URLs, with any prefix
"""

from __future__ import annotations

from typing import Any

# The version, once: the wheel and the API's schema read it here.
__version__ = "0.1.0"


def apps_to_install() -> list[str]:
    """What goes into `INSTALLED_APPS`, in this order. Needs no Django that is set up."""
    from ledgerflow.installing import APPS  # noqa: PLC0415 - whoever only asks for the version gets by without it

    return list(APPS)


def fill_settings(settings: dict[str, Any]) -> None:
    """Put into a settings module, given as its `globals()`, what LedgerFlow needs and the module does not say itself.

    Raises `ImproperlyConfigured` for what cannot work with LedgerFlow.
    """
    from ledgerflow.filling import fill  # noqa: PLC0415 - the same

    fill(settings)
