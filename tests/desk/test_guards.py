from __future__ import annotations

import pytest

from ledgerflow.desk.models import Preference, SavedView
from tests.attacks import connect, refused_by
from tests.people import a_user

pytestmark = pytest.mark.every_server

COPY = (
    "INSERT INTO desk_preference SELECT {user}, language, numbers, days, time_zone, density, has_single_keys"
    " FROM desk_preference WHERE user_id = %s"
)


def test_preferences_are_of_a_user_and_of_each_but_once() -> None:
    user = a_user()
    Preference.objects.create(user=user)
    with connect() as connection:
        with refused_by("desk_preference_pkey"), connection.transaction():
            connection.execute(COPY.format(user="user_id"), [user.pk])
        connection.execute(COPY.format(user="2000000000"), [user.pk])
        with refused_by("desk_preference_user_id_af723912_fk_auth_user_id"):
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_saved_view_is_of_a_user_and_its_name_is_there_once() -> None:
    SavedView.objects.create(user=a_user(), list_name="journals_journal", name="mine", query="q=1")
    columns = "user_id, list_name, name, query"
    with connect() as connection, refused_by("desk_savedview_once"):
        connection.execute(f"INSERT INTO desk_savedview ({columns}) SELECT {columns} FROM desk_savedview")
