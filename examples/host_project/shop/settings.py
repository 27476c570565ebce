"""The settings of the shop. Three things concern LedgerFlow: they are marked."""

import os
from typing import Any

import ledgerflow

SECRET_KEY = os.environ["SHOP_SECRET_KEY"]
ALLOWED_HOSTS = ["localhost", "testserver"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
AUTH_USER_MODEL = "members.Member"
TIME_ZONE = "Europe/Vienna"

INSTALLED_APPS = [
    "shop.apps.ShopAdminConfig",  # the shop's own admin site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "members",
    "downloads",
]
# 1. LedgerFlow's apps.
INSTALLED_APPS += ledgerflow.apps_to_install()

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["SHOP_DATABASE"],
        "USER": os.environ.get("SHOP_DATABASE_USER", ""),
        "PASSWORD": os.environ.get("SHOP_DATABASE_PASSWORD", ""),
        "HOST": os.environ.get("SHOP_DATABASE_HOST", ""),
        "PORT": os.environ.get("SHOP_DATABASE_PORT", ""),
        # The shop wraps its own views in transactions. LedgerFlow's are left out.
        "ATOMIC_REQUESTS": True,
    }
}

# The shop's own settings of REST framework are for its own views.
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"]}

STATIC_URL = "/static/"

CELERY_BROKER_URL = os.environ.get("SHOP_REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {"greet": {"task": "shop.greet", "schedule": 3600.0}}

# 2. What LedgerFlow is to know of this project: any of its settings, by the name of its environment variable.
LEDGERFLOW_REDIS_URL = CELERY_BROKER_URL
LEDGERFLOW_APPLICATIONS = ["downloads.operations.ShopOperations"]

# 3. Last: what LedgerFlow needs and nothing above has said.
ledgerflow.fill_settings(globals())
