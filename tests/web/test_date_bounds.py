"""No date of a request is out of bounds: every body and parameter that the schema says can hold one refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django import forms
from django.urls import reverse

from ledgerflow.web.form_fields import DateField, MomentField
from tests.everything import Everything, everything
from tests.operations import Operation, has_dates, operations, resolved, sample

OUT_OF_BOUNDS = ("0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31")
FORMATS = {"date", "date-time"}
MOMENTS = {"at", "known_at"}  # said to be text in the schema


@pytest.fixture(scope="module")
def books(_database: None) -> Everything:
    return everything()


def dated_bodies() -> list[Operation]:
    return [one for one in operations() if one.body and has_dates(one.body)]


def dated_parameters() -> list[tuple[Operation, str, str]]:
    found = []
    for one in operations():
        for parameter in one.query:
            form = resolved(parameter["schema"]).get("format")
            if form in FORMATS or parameter["name"] in MOMENTS:
                found.append((one, parameter["name"], "T12:00:00Z" if form != "date" else ""))
    return found


def test_every_body_with_a_date_refuses_one_out_of_bounds(books: Everything) -> None:
    asked = dated_bodies()
    assert len(asked) > 10
    for one in asked:
        for day in OUT_OF_BOUNDS:
            body = sample(one.body or {}, day)
            for item in body.get("items", ()):
                item["idempotency_key"] = "dates"
            reply = books.client.send(one.method, one.at(books.values), body, idempotency_key="dates", if_match="*")
            code = _batch_code(reply.json) if one.path.endswith("/batch") else reply.code
            assert code == "date_out_of_range", (one.method, one.path, body, reply.json)


def _batch_code(answer: dict[str, Any]) -> str:
    code: str = answer["results"][0]["error"]["code"] if "results" in answer else answer["code"]
    return code


def test_every_parameter_with_a_date_refuses_one_out_of_bounds(books: Everything) -> None:
    asked = dated_parameters()
    assert len(asked) > 20
    for one, name, suffix in asked:
        for day in OUT_OF_BOUNDS:
            needed = {other["name"]: sample(other["schema"], day) for other in one.query if other.get("required")}
            reply = books.client.get(one.at(books.values), needed | {name: day + suffix})
            assert (reply.code, reply.pointers) == ("date_out_of_range", [f"/{name}"]), (one.path, name, reply.json)


@pytest.mark.parametrize("day", OUT_OF_BOUNDS)
def test_a_day_in_an_address_is_not_found(books: Everything, day: str) -> None:
    for one in operations():
        if "{day}" in one.path:
            body = None if one.body is None else sample(one.body, day)
            reply = books.client.send(one.method, one.at(books.values | {"day": day}), body)
            assert reply.status == 404, (one.path, reply.json)


def all_forms(of: type[forms.BaseForm] = forms.BaseForm) -> Iterator[Any]:
    """The classes of forms that are ours, of the admin modules that are loaded: all of them, by the URLs."""
    reverse("admin:index")
    for form in of.__subclasses__():
        if not form.__module__.startswith("django."):
            yield form
        yield from all_forms(form)


def test_every_form_of_the_admin_has_fields_with_bounds() -> None:
    """A form with a plain date field would take the year 0001."""
    found = [field for form in all_forms() for field in form.base_fields.values()]
    dates = [one for one in found if isinstance(one, DateField | forms.DateField | forms.DateTimeField)]
    assert len(dates) > 5
    assert all(isinstance(one, DateField | MomentField) for one in dates)


@pytest.mark.parametrize("field", [DateField(), MomentField()])
@pytest.mark.parametrize("day", OUT_OF_BOUNDS)
def test_a_field_refuses_dates_out_of_bounds(field: forms.Field, day: str) -> None:
    with pytest.raises(forms.ValidationError, match="does not lie between"):
        field.clean(day)


def test_a_field_takes_others() -> None:
    assert DateField().clean("2026-03-02") == date(2026, 3, 2)
    assert DateField(required=False).clean("") is None
