from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(params=["read_committed", "serializable"])
def isolation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both levels a writer may be set to."""
    from django.conf import settings

    monkeypatch.setattr(settings, "LEDGERFLOW_WRITER_ISOLATION", request.param)
    return str(request.param)


GUARDS = r"""
    SELECT format('%I', tgrelid::regclass::text), format('%I', tgname) FROM pg_trigger
    WHERE tgname IN ('account_parent_guard', 'balance_limits_guard') OR tgname LIKE '%\_has\_event'
"""


@pytest.fixture
def guards_down(_database: None) -> Iterator[None]:
    """Without the guards that want an event for each row, or no circle: twins that write no events show the fault."""
    from tests.attacks import connect

    with connect(autocommit=True) as owner:
        found = owner.execute(GUARDS).fetchall()
        assert len(found) > 1
        for word in ("DISABLE", "ENABLE"):
            for table, name in found:
                owner.execute(f"ALTER TABLE {table} {word} TRIGGER {name}")
            if word == "DISABLE":
                yield
