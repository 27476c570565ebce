"""What posting asks of dimensions: whether a value may be carried on a date, and what an account requires. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from accounts.dimensions.errors import UnknownDimensionValue, ValueClosed, ValueNotValid
from ledgerflow.core.phrases import phrase

FROM_TO = phrase("from {start} to {end}")
FROM = phrase("from {start}")
TO = phrase("to {end}")


class ValueState(NamedTuple):
    """A declared value as posting sees it."""

    valid_from: date | None
    valid_to: date | None
    closed: bool


class DimensionRules(NamedTuple):
    """The dimensions that are lists, the values known of them, and the dimensions that accounts require, by code."""

    lists: frozenset[str] = frozenset()
    values: Mapping[tuple[str, str], ValueState] = {}
    required: Mapping[str, list[str]] = {}

    def refusal_of(self, dimension: str, value: str, day: date, pointer: str) -> UnknownDimensionValue | None:
        """Why a line dated `day` may not carry this value, None where it may."""
        if dimension not in self.lists:
            return None
        state = self.values.get((dimension, value))
        given = {"pointer": pointer, "dimension": dimension, "value": value}
        if state is None:
            return UnknownDimensionValue(**given)
        if state.closed:
            return ValueClosed(**given)
        start, end = state.valid_from, state.valid_to
        if (start is not None and day < start) or (end is not None and day > end):
            words = FROM_TO if start and end else FROM if start else TO
            return ValueNotValid(**given, validity=words.format(start=start, end=end), day=str(day))
        return None


NO_RULES = DimensionRules()


def rules_from(lists: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> DimensionRules:
    """The rules from the rows of `LOAD_RULES`."""
    values, required = {}, {}
    for dimension, text, names, *state in rows:
        if names is None:
            values[dimension, text] = ValueState(*state)
        else:
            required[text] = names
    return DimensionRules(frozenset(lists), values, required)


# For posting, in its one statement a batch and only where there are rules: the values that its lines name, and what
# its accounts require.
LOAD_RULES = """
    SELECT v.dimension, v.code, NULL::text[], v.valid_from, v.valid_to, v.closed
    FROM unnest(%s::text[], %s::text[]) AS named (dimension, code)
    JOIN dimensions_dimensionvalue v
      ON v.entity_id = %s AND v.dimension = named.dimension AND v.code = named.code
    UNION ALL
    SELECT '', a.code, ARRAY(SELECT jsonb_array_elements_text(d.required)), NULL, NULL, false
    FROM dimensions_accountdimensions d JOIN accounts_account a ON a.id = d.account_id
    WHERE d.entity_id = %s AND d.required <> '[]' AND a.code = ANY (%s::text[])
"""
# The lists of the entity, and whether an account requires something: it travels with the calendar, for nothing more
# is asked where both say no.
HAS_RULES = """
    (SELECT array_agg(name) FROM dimensions_dimension WHERE entity_id = question.entity_id AND is_list),
    EXISTS (SELECT FROM dimensions_accountdimensions WHERE entity_id = question.entity_id AND required <> '[]')
"""
