"""The endpoints of dimensions: their values, whether they are lists, and what accounts require."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from accounts.dimensions import bodies
from accounts.dimensions.declaring import change_value, declare_value, require_dimensions, set_list
from accounts.dimensions.errors import DimensionValueNotFound
from accounts.dimensions.models import Dimension, DimensionValue
from accounts.dimensions.reading import dimension_of, required_of
from accounts.dimensions.specs import PARTY_KINDS
from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.core.texts import is_storable
from ledgerflow.web.endpoints import Call, Endpoints, Reply, revised
from ledgerflow.web.queries import a_choice, a_flag, a_text

dimensions = Endpoints("dimensions")
FILTERS = [
    a_text("parent", "The code of the value they stand under."),
    a_flag("closed"),
    a_choice("party_kind", PARTY_KINDS),
]
SHOWN = (
    "id", "dimension", "code", "name", "valid_from", "valid_to", "closed", "tax_id", "reference", "country",
    "payment_terms_days", "party_kind", "revision",
)  # fmt: skip


@dimensions.get(scope=READ, answer=bodies.DimensionResponse, problems=(404,))
def dimension_show(call: Call[None], dimension: str) -> Reply:
    """Whether a dimension takes any value or declared ones only."""
    return revised(_dimension(dimension_of(call.entity_id, dimension)))


@dimensions.patch(
    bodies.DimensionChangeRequest, scope=MANAGE, answer=bodies.DimensionResponse, problems=(404,), if_match=True
)
def dimension_change(call: Call[bodies.DimensionChangeRequest], dimension: str) -> Reply:
    """Have it take declared values only from now on, or any again."""
    fact, revision = set_list(
        call.entity_id, dimension, is_list=call.body.values == "declared", actor=call.actor, reason=call.body.reason,
        expected_revision=call.expected_revision,
    )  # fmt: skip
    return revised(_dimension(Dimension(name=fact.name, is_list=fact.is_list, revision=revision)))


@dimensions.get(scope=READ, answer=bodies.DimensionValuePage, problems=(404,), query=FILTERS, paged=True)
def dimension_value_list(call: Call[None], dimension: str) -> dict[str, Any]:
    """The declared values of a dimension by code; those of the dimension "party" are the register of parties."""
    name = dimension_of(call.entity_id, dimension).name
    rows = DimensionValue.objects.filter(entity=call.entity_id, dimension=name).select_related("parent")
    wanted = {"parent__code": call.query["parent"], "closed": call.query["closed"]}
    wanted["party_kind"] = call.query["party_kind"]
    rows = rows.filter(**{field: value for field, value in wanted.items() if value is not None})
    return call.page(rows, ["code"], _value)


@dimensions.post(
    bodies.DimensionValueRequest, scope=MANAGE, answer=bodies.DimensionValueResponse, statuses=(201,),
    problems=(404, 409, 422),
)  # fmt: skip
def dimension_value_declare(call: Call[bodies.DimensionValueRequest], dimension: str) -> Reply:
    """Declare a value of a dimension."""
    done = declare_value(call.entity_id, dimension, call.body.spec(), actor=call.actor, reason=call.body.reason)
    content, headers, _ = revised(bodies.value_response(*done))
    return Reply(content, {**headers, "Location": f"{call.request.path}/{quote(call.body.code, safe='')}"})


@dimensions.get(scope=READ, answer=bodies.DimensionValueResponse, problems=(404,))
def dimension_value_show(call: Call[None], dimension: str, value: str) -> Reply:
    """One declared value."""
    name = dimension_of(call.entity_id, dimension).name
    rows = DimensionValue.objects.filter(entity=call.entity_id, dimension=name, code=value).select_related("parent")
    found = rows.first() if is_storable(value) else None
    if found is None:
        raise DimensionValueNotFound(dimension=name, value=value[:100])
    return revised(_value(found))


@dimensions.patch(
    bodies.DimensionValueChangeRequest, scope=MANAGE, answer=bodies.DimensionValueResponse, problems=(404, 422),
    if_match=True,
)  # fmt: skip
def dimension_value_change(call: Call[bodies.DimensionValueChangeRequest], dimension: str, value: str) -> Reply:
    """Set fields of a value; what is left out stays."""
    fact, revision = change_value(
        call.entity_id, dimension, value, call.body.changes(), actor=call.actor, reason=call.body.reason,
        expected_revision=call.expected_revision,
    )  # fmt: skip
    return revised(bodies.value_response(fact, revision))


@dimensions.get(scope=READ, answer=bodies.RequiredDimensionsResponse, problems=(404,))
def account_dimensions_show(call: Call[None], code: str) -> Reply:
    """The dimensions that each line on an account has to carry."""
    required, revision = required_of(call.entity_id, code)
    return revised(bodies.RequiredDimensionsResponse(code, required, revision))


@dimensions.patch(
    bodies.RequiredDimensionsRequest, scope=MANAGE, answer=bodies.RequiredDimensionsResponse, problems=(404, 422),
    if_match=True,
)  # fmt: skip
def account_dimensions_change(call: Call[bodies.RequiredDimensionsRequest], code: str) -> Reply:
    """Set the dimensions that each later line on an account has to carry."""
    fact, revision = require_dimensions(
        call.entity_id, code, call.body.required, actor=call.actor, reason=call.body.reason,
        expected_revision=call.expected_revision,
    )  # fmt: skip
    return revised(bodies.RequiredDimensionsResponse(fact.account, fact.required, revision))


def _dimension(row: Dimension) -> bodies.DimensionResponse:
    return bodies.DimensionResponse(row.name, "declared" if row.is_list else "any", row.revision)


def _value(row: DimensionValue) -> bodies.DimensionValueResponse:
    fields = {name: getattr(row, name) for name in SHOWN}
    return bodies.DimensionValueResponse(**fields, parent=row.parent.code if row.parent else None)
