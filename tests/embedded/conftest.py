"""A data folder of its own for each test of the launcher."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerflow.embedded import environment
from ledgerflow.embedded.processes import Family, StopSwitch


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    environment.prepare(folder)
    return folder


@pytest.fixture
def family(home: Path) -> Iterator[Family]:
    with StopSwitch() as switch:
        made = Family(home, switch)
        yield made
        made.stop()
