from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.core import canonical

pytestmark = pytest.mark.pure

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda children: st.lists(children) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), children),
    max_leaves=20,
)


class Fact(msgspec.Struct, omit_defaults=True):
    b: int
    a: Decimal
    c: str = ""


@given(JSON)
def test_what_was_encoded_reads_back(value: Any) -> None:
    assert canonical.decode(canonical.encode(value)) == value


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(), min_size=2), st.randoms())
def test_the_order_of_keys_does_not_matter(value: dict[str, int], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert canonical.encode(dict(items)) == canonical.encode(value)


def test_the_exact_text_is_fixed() -> None:
    # Hashes of years stand on these bytes: a new version of a library must not change them.
    assert canonical.encode({"b": [1, None, True], "a": {"z": "é\n", "y": Decimal("1.50")}}) == (
        '{"a":{"y":"1.50","z":"é\\n"},"b":[1,null,true]}'.encode()
    )
    assert canonical.encode(Fact(b=1, a=Decimal("12.30"))) == b'{"a":"12.30","b":1}'
    assert (
        canonical.encode(
            [date(2026, 3, 2), datetime(2026, 3, 2, 1, 2, 3, 4, UTC), UUID("0197f4c5-0000-7000-8000-000000000001")]
        )
        == b'["2026-03-02","2026-03-02T01:02:03.000004Z","0197f4c5-0000-7000-8000-000000000001"]'
    )


def test_a_lone_surrogate_has_no_bytes() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical.encode("\ud800")
