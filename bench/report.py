"""The table for the terminal and the JSON file."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import connection

from bench.options import Options
from bench.results import Ratio, Results, ratios

FOLDER = Path(__file__).parent / "results"
PACKAGES = ("django", "granian", "psycopg", "msgspec")
DISTURBING_SHARE = 0.10
SETTINGS = ("fsync", "synchronous_commit", "shared_buffers", "max_wal_size", "wal_compression", "full_page_writes")


def table(results: Results) -> str:
    """One line per measurement, medians over the rounds."""
    heads = ("median/s", "lowest", "highest", "per CPU s", "p50 ms", "p99 ms", "p99/p50", "others %", "runs")
    lines = [f"{'transfers':28}" + "".join(f"{head:>10}" for head in heads)]
    for name in results.names():
        rates = [sample.rate for sample in results.of(name)]
        p50, p99, disturbed = results.p50(name), results.p99(name), results.disturbed(name)
        tail = p99 / p50 if p50 and p99 else None
        rounded = (results.rate(name), min(rates), max(rates), results.per_cpu_second(name))
        lines.append(
            f"{name:28}{''.join(_number(value, 0) for value in rounded)}{_number(p50)}{_number(p99)}{_number(tail)}"
            f"{_number(None if disturbed is None else 100 * disturbed, 0)}{len(rates):>10}"
        )
    return "\n".join(lines)


def ratio_table(found: list[Ratio]) -> str:
    lines = [f"{'':34}{'ratio':>8}  {'must be':15}{'aim':>6}"]
    for one in found:
        lines.append(  # noqa: PERF401 - reads better than a generator of three lines
            f"{one.what:34}{one.value:>8.2f}  {f'{one.bound} {one.target:.2f}':15}{one.aim or '':>6}"
            f"   {'ok' if one.ok else 'MISSED'}"
        )
    return "\n".join(lines)


def warning(results: Results) -> str:
    """A line when something else used the machine, so that nobody believes the figures; otherwise nothing."""
    worst = max((results.disturbed(name) or 0.0 for name in results.names()), default=0.0)
    if worst < DISTURBING_SHARE:
        return ""
    return f"Something else used up to {100 * worst:.0f} % of the processors meanwhile: do not trust these figures.\n\n"


def write(options: Options, results: Results, verified: Mapping[str, float], began: datetime) -> Path:
    """The JSON file of this run."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{began:%Y%m%dT%H%M%SZ}.json"
    content = {
        "began_at": began.isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
        "commit": _commit(),
        "machine": _machine(),
        "options": asdict(options),
        "samples": [asdict(sample) for sample in results.samples],
        "ratios": [asdict(ratio) for ratio in ratios(results)],
        "verified_seconds": dict(verified),
    }
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path


def _number(value: float | None, digits: int = 1) -> str:
    return f"{'' if value is None else f'{value:,.{digits}f}':>10}"


def _commit() -> str:
    shown = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git is installed
        cwd=FOLDER.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.strip()


def _machine() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        server = cursor.fetchone()[0]
        cursor.execute(
            "SELECT name, setting || coalesce(unit, '') FROM pg_settings WHERE name = ANY (%s)", [[*SETTINGS]]
        )
        settings = dict(cursor.fetchall())
    return {
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "packages": {name: version(name) for name in PACKAGES},
        "postgresql": server,
        "settings": settings,
    }
