"""What a column can hold at all: days and moments of sane years, counts from zero, hashes of their length, numbers.

PostgreSQL stores -infinity, 4713 BC, NaN and a hash of one byte as well, and Python then fails at reading them. So
every model of ours is `bounded`: one CHECK over its columns, made from their types. A new column is covered by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from functools import reduce
from operator import and_
from typing import Any, TypeVar

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact

from ledgerflow.core.dates import EARLIEST, LATEST
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.money import BEYOND

EARLIEST_MOMENT = datetime.combine(EARLIEST, time.min, UTC)
LATEST_MOMENT = datetime.combine(LATEST, time.max, UTC)
SUFFIX = "_bounds"
# Fields of Django that make a CHECK of their own, and keys that count by themselves.
COUNTED = (models.PositiveIntegerField, models.PositiveSmallIntegerField, models.PositiveBigIntegerField)
NOT_COUNTS = (*COUNTED, models.AutoField, models.BigAutoField, models.SmallAutoField)
_Model = TypeVar("_Model", bound=models.Model)


def bounded(*elsewhere: str) -> Callable[[type[_Model]], type[_Model]]:
    """Give a model its CHECK, named after its table.

    Columns in `elsewhere` are bounded by constraints of their own, or by the triggers of the tables that each posting
    writes: a CHECK is made ready anew for each statement, which a small batch would feel (about 25 µs each).

    An integer is a count, a number in a sequence or a version, and not negative.
    """

    def decorate(model: type[_Model]) -> type[_Model]:
        meta = model._meta  # noqa: SLF001 - Django documents it as an interface
        fields = [field for field in meta.local_concrete_fields if field.name not in elsewhere]
        conditions = [Q(one) for field in fields for one in _bounds(field)]
        if conditions:
            check = models.CheckConstraint(condition=reduce(and_, conditions), name=bounds_name(model))
            meta.constraints = [*meta.constraints, check]
            meta.original_attrs["constraints"] = meta.constraints  # what makemigrations reads
        return model

    return decorate


def bounds_name(model: type[models.Model]) -> str:
    """The name of the CHECK that `bounded` makes."""
    return f"{model._meta.db_table}{SUFFIX}"  # noqa: SLF001 - see above


def _bounds(field: models.Field[Any, Any]) -> Iterator[Q | Exact]:
    """What must be so of a column; nothing of one that holds anything its type does."""
    name = field.name
    if isinstance(field, models.DateTimeField):
        yield Q((f"{name}__gte", EARLIEST_MOMENT), (f"{name}__lte", LATEST_MOMENT))
    elif isinstance(field, models.DateField):
        yield Q((f"{name}__gte", EARLIEST), (f"{name}__lte", LATEST))
    elif isinstance(field, models.BinaryField):
        yield Exact(Func(F(name), function="octet_length", output_field=models.IntegerField()), field.max_length)
    elif isinstance(field, MoneyField):
        # PostgreSQL sorts NaN above every number, so the upper bound keeps it out too.
        yield Q((f"{name}__gt", -BEYOND), (f"{name}__lt", BEYOND))
    elif isinstance(field, models.IntegerField) and not isinstance(field, NOT_COUNTS):
        yield Q((f"{name}__gte", 0))
