"""Who used the processors: the web server's processes, the load generator, and all the rest (the database)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Processor seconds so far."""

    total: float
    web: float
    own: float

    def since(self, before: Usage) -> dict[str, float]:
        """Seconds used since then; `other` is everything that is neither web server nor load generator."""
        web, own = self.web - before.web, self.own - before.own
        other = self.total - before.total - web - own
        return {"web": round(web, 2), "client": round(own, 2), "other": round(max(other, 0.0), 2)}


def usage(web: Iterable[int]) -> Usage:
    return Usage(_whole_machine(), sum(_of_process(pid) for pid in web), time.process_time())


def _whole_machine() -> float:
    user, nice, system, _idle, _iowait, irq, softirq = map(int, Path("/proc/stat").read_text().split(maxsplit=8)[1:8])
    return (user + nice + system + irq + softirq) * TICK


def _of_process(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK
    return 0.0
