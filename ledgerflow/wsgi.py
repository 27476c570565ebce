"""The WSGI entry point."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
django.setup(set_prefix=False)

from ledgerflow.web.hotpath import HotPathHandler  # noqa: E402 - only once Django is set up

application = HotPathHandler(["transfers", "journals", "batch"])
