"""Who used the processors: web server, database, load generator, and everybody else on the machine."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Processor seconds so far."""

    machine: float
    web: float
    database: float
    client: float

    def since(self, before: Usage) -> dict[str, float]:
        """Seconds used since then; `others` is what had nothing to do with the measurement."""
        spent = {name: getattr(self, name) - getattr(before, name) for name in ("web", "database", "client")}
        spent["others"] = max(self.machine - before.machine - sum(spent.values()), 0.0)
        return {name: round(seconds, 2) for name, seconds in spent.items()}


def usage(web: Iterable[int]) -> Usage:
    """What was used until now, `web` being the processes of the web server."""
    return Usage(_of_the_machine(), sum(_of_process(pid) for pid in web), _of_the_database(), _own())


def _of_the_machine() -> float:
    user, nice, system, _idle, _iowait, irq, softirq = map(int, Path("/proc/stat").read_text().split(maxsplit=8)[1:8])
    return (user + nice + system + irq + softirq) * TICK


def _of_the_database() -> float:
    """The server's processes, those that ended too; 0 when it is on another machine."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        fields = _fields(connection.info.backend_pid)
        if not fields or not connection.info.host.startswith(("/", "localhost", "127.")):
            return 0.0
    server = int(fields[1])
    return sum(map(_of_process, _children(server))) + _of_process(server, with_ended_children=True)


def siblings_of(process: int) -> tuple[list[int], float]:
    """It and all others that its parent started, of a backend those of the database; and seconds of ended ones."""
    fields = _fields(process)
    if not fields:
        return [], 0.0
    parent = int(fields[1])
    return _children(parent), _of_process(parent, with_ended_children=True) - _of_process(parent)


def _children(parent: int) -> list[int]:
    living = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in living if (found := _fields(pid)) and int(found[1]) == parent]


def _own() -> float:
    """This process and the programs it ran (pgbench)."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def _of_process(pid: int, *, with_ended_children: bool = False) -> float:
    fields = _fields(pid)
    return _seconds(fields, 4 if with_ended_children else 2) if fields else 0.0


def _fields(pid: int) -> list[str]:
    """proc_pid_stat(5) from its third field (the state) on; the fourth is the parent."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _seconds(fields: list[str], count: int = 2) -> float:
    return sum(map(int, fields[11 : 11 + count])) * TICK
