"""The endpoints of number series."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from journals.series.bodies import (
    SeriesNumberPage,
    SeriesNumberResponse,
    SeriesPage,
    SeriesRequest,
    SeriesResponse,
    number_response,
    series_response,
)
from journals.series.models import NumberSeries, SeriesNumber
from journals.series.numbering import catch_up, make_series, number_of
from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once
from ledgerflow.web.queries import a_text

series = Endpoints("number series")


@series.get(scope=READ, answer=SeriesPage, paged=True)
def series_list(call: Call[None]) -> dict[str, Any]:
    """Number series by their codes."""
    return call.page(NumberSeries.objects.filter(entity_id=call.entity_id), ["code"], series_response)


@series.post(SeriesRequest, scope=MANAGE, answer=SeriesResponse, statuses=(201,), problems=(409, 422), key=True)
def series_make(call: Call[SeriesRequest]) -> Reply:
    """Number the journals of some kinds, those that are there too. A series is never changed."""
    made = make_series(call.entity_id, call.body.series(), key=call.key, actor=call.actor)
    return once(series_response(made.series), is_replayed=made.is_replayed)


@series.get(scope=READ, answer=SeriesNumberPage, query=[a_text("series", "Of this series only.")], paged=True)
def series_number_list(call: Call[None]) -> dict[str, Any]:
    """The numbers of journals by series, in the order of the journals; journals without a number get theirs first."""
    catch_up(call.entity_id)
    rows = SeriesNumber.objects.filter(entity_id=call.entity_id)
    if call.query["series"] is not None:
        rows = rows.filter(series=call.query["series"])
    return call.page(rows, ["series", "journal_number"], number_response)


@series.get(scope=READ, answer=SeriesNumberResponse, problems=(404,))
def series_number_show(call: Call[None], journal_id: UUID) -> SeriesNumberResponse:
    """The number of a journal in its series, given now where it has none yet."""
    return number_response(number_of(call.entity_id, journal_id))
