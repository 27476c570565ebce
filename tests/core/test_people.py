"""Who is a person and who is none, as far as his name alone tells: nobody is looked up here."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from ledgerflow.core.errors import PersonUnknown
from ledgerflow.core.people import labels_of, person_of, require_person, user_called, user_of

pytestmark = pytest.mark.pure


def test_a_person_is_his_id_and_not_his_name() -> None:
    assert person_of(User(pk=7, username="ann")) == person_of(User(pk=7, username="bob")) == "user:7"


@pytest.mark.parametrize(
    "text",
    ["", "7", "ann", "key:7", "User:7", "user:", "user:0", "user:07", "user:-7", "user:7 ", "user:7\n", "user:\u0667"],
)  # fmt: skip
def test_one_person_is_written_in_one_way_only(text: str) -> None:
    assert user_of(text) is None
    with pytest.raises(PersonUnknown):
        require_person(text)


def test_nobody_is_called_what_cannot_be_stored() -> None:
    assert user_called("ann\x00") is None


def test_what_is_no_person_is_shown_as_it_is() -> None:
    assert labels_of(["key:1", "system:beat", "user:0", "user:x"]) == {
        "key:1": "key:1", "system:beat": "system:beat", "user:0": "user:0", "user:x": "user:x",
    }  # fmt: skip
