"""The Celery application, `celery --app ledgerflow`. Tasks live in each app's `tasks.py`.

Only what sends or runs tasks imports it: it is a fifth of the start of a process.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")

app = Celery("ledgerflow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
