from __future__ import annotations

import pytest


@pytest.fixture(params=["read_committed", "serializable"])
def isolation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both levels a writer may be set to."""
    from django.conf import settings

    monkeypatch.setattr(settings, "WRITER_ISOLATION", request.param)
    return str(request.param)
