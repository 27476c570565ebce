"""The compose file: what serves signs in as a role that cannot change history."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
OWNER = COMPOSE["services"]["postgres"]["environment"]["POSTGRES_USER"]


def role_of(service: str, variable: str) -> str:
    # The password is a ${VARIABLE:?...} of compose, whose signs are none of an address.
    url: str = COMPOSE["services"][service]["environment"][variable]
    return urlsplit(url).netloc.partition(":")[0]


@pytest.mark.parametrize("service", ["web", "worker", "beat"])
def test_what_serves_is_not_the_owner(service: str) -> None:
    made = (PROJECT / "deploy" / "application-role.sh").read_text()
    assert f"CREATE ROLE {role_of(service, 'DATABASE_URL')} LOGIN" in made
    assert role_of(service, "DATABASE_URL") != OWNER
    assert "DATABASE_OWNER_URL" not in COMPOSE["services"][service]["environment"]


def test_migrations_run_as_the_owner() -> None:
    assert role_of("migrate", "DATABASE_OWNER_URL") == OWNER
