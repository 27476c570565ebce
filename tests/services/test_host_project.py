"""LedgerFlow as a part of another Django project: what is filled in, what stays, and what stops the start."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import include, path

from ledgerflow import addresses, apps_to_install, fill_settings
from ledgerflow.beat_schedule import BeatSchedule
from ledgerflow.core.people import name_of, names_of, person_of, user_called, user_of
from ledgerflow.installing import ROOMS
from ledgerflow.web.hotpath import _short_views
from tests.people import a_user
from tests.services.hosting import PROJECT, copy_of_example, run

POSTGRESQL = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "ATOMIC_REQUESTS": True}
CLASHES = {
    "a label": ("bookkeeping", "", "label = 'accounts'", ("'accounts'", "bookkeeping", "LedgerFlow's accounts")),
    "a package": ("reports", "", "", ("'reports'", "host/reports/__init__.py", "site/reports")),
    "no namespace": ("apps", "", "", ("'apps'", "host/apps/__init__.py", "site/apps", "take its __init__.py away")),
    "not filled": ("", "ledgerflow.fill_settings(globals())", "", ("fill_settings(globals())",)),
}


@pytest.mark.parametrize("app, left_out, config, said", CLASHES.values(), ids=CLASHES.keys())
def test_what_hides_something_of_ledgerflow_stops_the_start_and_names_both(
    tmp_path: Path, app: str, left_out: str, config: str, said: tuple[str, ...]
) -> None:
    project = copy_of_example(tmp_path)
    written = project / "shop/settings.py"
    text = written.read_text().replace(left_out, "") if left_out else written.read_text()
    if app:
        (project / app).mkdir()
        (project / app / "__init__.py").touch()
        (project / app / "apps.py").write_text(
            f"from django.apps import AppConfig\nclass Own(AppConfig):\n    name = {app!r}\n    {config}\n"
        )
        text = text.replace('    "members",\n', f'    "members",\n    "{app}",\n')
    written.write_text(text)
    stopped = run(sys.executable, "manage.py", "check", folder=project, PYTHONPATH=str(PROJECT))
    assert stopped.returncode != 0
    last = stopped.stderr.splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: "), stopped.stderr
    for words in said:
        assert words.replace("site/", f"{PROJECT}/") in last


def test_a_project_says_what_it_wants_and_gets_the_rest() -> None:
    said: dict[str, Any] = {
        "INSTALLED_APPS": ["drf_spectacular", "shop", *apps_to_install()],
        "DATABASES": {"default": POSTGRESQL | {"OPTIONS": {"options": "-c work_mem=8MB", "pool": True}}},
        "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["own"]}],
        "LEDGERFLOW_WEB_THREADS": 2,
        "LEDGERFLOW_HOME": "/srv/shop",
        "CELERY_BEAT_SCHEDULE": {"mine": {"task": "mine"}},
    }
    before = {name: said.get(name) for name in ("LOGGING", "AUTH_USER_MODEL", "ROOT_URLCONF", "MIDDLEWARE")}
    fill_settings(said)
    fill_settings(said)  # a second call changes nothing
    assert {name: said.get(name) for name in before} == before
    assert said["INSTALLED_APPS"].count("drf_spectacular") == 1
    assert said["LEDGERFLOW_POSTING_PLACES"] == 10
    assert Path("/srv/shop/checkpoints") == said["LEDGERFLOW_CHECKPOINT_FOLDER"]
    writer, read_models = said["DATABASES"]["writer"], said["DATABASES"]["read_models"]
    assert writer["OPTIONS"]["options"].startswith("-c work_mem=8MB -c lock_timeout=5000 ")
    assert read_models["OPTIONS"]["options"] == "-c work_mem=8MB -c search_path=read_models"
    assert not any("pool" in one["OPTIONS"] or one["ATOMIC_REQUESTS"] for one in (writer, read_models))
    (engine,) = said["TEMPLATES"]
    assert (engine["DIRS"][0], engine["OPTIONS"]["builtins"]) == ("own", ["ledgerflow.template_tags"])
    assert "mine" in BeatSchedule(said["CELERY_BEAT_SCHEDULE"])


@pytest.mark.parametrize(
    "said, words",
    [
        ({}, "must be PostgreSQL and not ''"),
        ({"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}, "must be PostgreSQL"),
        ({"DATABASES": {"default": POSTGRESQL | {"OPTIONS": {"assume_role": "shop"}}}}, "assume_role"),
        ({"DATABASES": {"default": POSTGRESQL}, "USE_TZ": False}, "USE_TZ"),
    ],
    ids=["no database", "SQLite", "another role", "moments without a zone"],
)
def test_what_cannot_hold_books_is_refused(said: dict[str, Any], words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        fill_settings(said)


@pytest.mark.parametrize("before, expected", [("", "/"), ("money/", "/money/"), ("a/b-c/", "/a/b-c/")])
def test_the_api_knows_where_it_is(before: str, expected: str) -> None:
    urls = [path("x/", include([])), path("", include([path(before, include("ledgerflow.urls_to_include"))]))]
    assert "/" + next(addresses._prefixes(urls, ""), "nowhere") == expected
    assert f"{expected}api/transfers" in dict(_short_views(urls, "/"))


def test_persons_are_found_by_what_the_model_of_users_signs_in_with() -> None:
    ann, gone = a_user(), a_user(is_active=False)
    assert user_of(person_of(ann)) == user_called(ann.username) == ann
    assert user_of(person_of(gone)) is user_called(gone.username) is None
    assert names_of([person_of(ann), f"user:{uuid4()}", "user:x"]).keys() == {person_of(ann)}
    ann.username = "x" * 254
    assert len(name_of(ann)) == 160


def test_no_code_knows_what_users_of_this_project_sign_in_with() -> None:
    """Another project's may have no `username`, and no manager called `objects`."""
    folders = [PROJECT / name for name in sorted({one.partition(".")[0] for one in ROOMS})]
    found = [
        f"{module.relative_to(PROJECT)}: {words}"
        for folder in folders
        for module in folder.rglob("*.py")
        for words in ("username=", '"username"', "get_user_model().objects", "User.objects", ".get_username()")
        if module.name not in {"people.py", "forms.py", "postgres.py"} and words in module.read_text()
    ]
    assert found == []
