from __future__ import annotations

import pytest

from ledgerflow.desk.models import Preference
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
