"""PostgreSQL, Valkey and Kafka: the ones the environment names, or embedded ones."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ledgerflow.embedded import environment, kafka, postgres, valkey
from ledgerflow.embedded.failures import ExitCode, LaunchError
from ledgerflow.embedded.processes import Family, say

CONNECT_SECONDS = 5


@dataclass(frozen=True)
class Wanted:
    major: int = 18
    fast: bool = False
    redis: bool = True
    temporary: bool = False
    kafka: bool = False
    # Otherwise a machine without Java does without, and is told so.
    kafka_is_needed: bool = True
    kafka_port: int = 0


def start(family: Family, folder: Path, wanted: Wanted) -> dict[str, str]:
    """Start what the environment does not name; what comes out belongs into the environment of everything else.

    DATABASE_URL is the role of the application, DATABASE_OWNER_URL the owner of the tables.
    """
    started = {
        "LEDGERFLOW_HOME": str(folder),
        "LEDGERFLOW_ENVIRONMENT": os.environ.get("LEDGERFLOW_ENVIRONMENT", "TRIAL"),
        "LEDGERFLOW_SECRET_KEY": os.environ.get("LEDGERFLOW_SECRET_KEY") or environment.secret_key(folder),
    }
    if os.environ.get("DATABASE_URL"):
        started["DATABASE_URL"] = reachable_database(os.environ["DATABASE_URL"])
    else:
        addresses = postgres.start(family, folder, major=wanted.major, fast=wanted.fast)
        started |= {"DATABASE_URL": addresses.application, "DATABASE_OWNER_URL": addresses.owner}
    if os.environ.get("REDIS_URL"):
        started["REDIS_URL"] = reachable_redis(os.environ["REDIS_URL"])
    elif wanted.redis:
        started["REDIS_URL"] = valkey.start(family, folder, keep=not wanted.temporary)
    return started | kafka_of(family, folder, wanted)


def kafka_of(family: Family, folder: Path, wanted: Wanted) -> dict[str, str]:
    """KAFKA_BOOTSTRAP_SERVERS, or why there is none where it need not be."""
    address = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if address:
        return {"KAFKA_BOOTSTRAP_SERVERS": reachable_kafka(address)}
    if not wanted.kafka:
        return {}
    try:
        return {"KAFKA_BOOTSTRAP_SERVERS": kafka.start(family, folder, port=wanted.kafka_port)}
    except LaunchError as error:
        if wanted.kafka_is_needed or error.exit_code is not ExitCode.NOT_INSTALLED:
            raise
        say(f"Without Kafka: {error}")
        return {"LEDGERFLOW_WITHOUT_KAFKA": first_line(error)}


def as_owner(services: Mapping[str, str]) -> dict[str, str]:
    """For a command that may do anything: tests make databases, and a person at `with` has the whole server."""
    if "DATABASE_OWNER_URL" not in services:
        return dict(services)
    others = {name: value for name, value in services.items() if name != "DATABASE_OWNER_URL"}
    return others | {"DATABASE_URL": services["DATABASE_OWNER_URL"]}


def reachable_database(url: str) -> str:
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        raise LaunchError(
            ExitCode.BAD_SETTING,
            "DATABASE_URL is not a PostgreSQL address (postgresql://user:password@host:port/name)",
        ) from None
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        # Named piece by piece: the address as a whole holds the password.
        where = f"host {parts.get('host', 'local')}, port {parts.get('port', 5432)}, database {parts.get('dbname', '')}"
        raise LaunchError(
            ExitCode.DATABASE, f"The PostgreSQL of DATABASE_URL cannot be reached ({where}): {first_line(error)}"
        ) from None
    return url


def first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def reachable_redis(url: str) -> str:
    try:
        answered = valkey.answers(url)
    except ValueError:
        raise LaunchError(ExitCode.BAD_SETTING, "REDIS_URL must start with redis://, rediss:// or unix://") from None
    if not answered:
        raise LaunchError(ExitCode.REDIS, f"The Redis of REDIS_URL cannot be reached ({url.rpartition('@')[2]}).")
    return url


def reachable_kafka(servers: str) -> str:
    if not kafka.answers(servers):
        raise LaunchError(ExitCode.KAFKA, f"The Kafka of KAFKA_BOOTSTRAP_SERVERS cannot be reached ({servers}).")
    return servers
