"""What a page may cost, and the table of what costs more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SLOWEST_MS, SLOWEST_REPORT_MS, LATEST_PAINT_MS = 300, 1000, 700
MOST_HTML, MOST_JS, MOST_CSS = 200_000, 40_000, 25_000
REPORTS = ("report_", "statement,", "trial balance,", "general ledger,")
SAME_SHAPE = ("sample", "large")  # of one company: only the number of rows differs


def tell(report: dict[str, Any]) -> int:
    """The table; 1 where a bar is missed."""
    faults = [f"{name}: {one}" for name, page in report["pages"].items() for one in page.get("faults", ())]
    missed = [f"{name}: {what}" for name, page in report["pages"].items() for what in missed_by(name, page)]
    for name, painted in report["first_paint"].items():
        if painted["best_ms"] > LATEST_PAINT_MS:
            missed.append(f"{name}: first paint after {painted['best_ms']} of {LATEST_PAINT_MS} ms")
    for fault in faults:
        print("FAULT ", fault)
    for one in missed:
        print("MISSED", one)
    for name, painted in report["first_paint"].items():
        print(f"first paint of {name}: {painted['p50_ms']} ms, {painted['best_ms']} at best")
    print(f"\n{'Job, from Home':52} {'keys':>5} {'bar':>4} {'pages':>6} {'bar':>4}")
    for job in report["jobs"]:
        line = f"{job['name']:52} {job['keys']:5} {job['bar_keys']:4} {job['pages']:6} {job['bar_pages']:4}"
        print(line, "" if job["is_met"] else f" MISSED {job['fault']}")
    unmet = sum(not job["is_met"] for job in report["jobs"])
    unasked = report["permissions"].get("asked_by_nothing", [])
    for one in unasked:
        print("MISSED no page asks for", one)
    print(f"\n{len(report['pages'])} pages, {len(faults)} faults, {len(missed)} bars of pages missed,"
          f" {unmet} of {len(report['jobs'])} jobs missed")  # fmt: skip
    return 1 if faults or missed or unmet or unasked else 0


def missed_by(name: str, page: dict[str, Any]) -> Iterator[str]:
    """The bars that a page misses in any of the books, and whether its queries grow with them."""
    slowest = SLOWEST_REPORT_MS if name.startswith(REPORTS) else SLOWEST_MS
    for size, cost in page.items():
        if size == "faults":
            continue
        taken, by = min((cost["p95_ms"], "by the clock"), (cost["p95_cpu_ms"], "of processors"))
        if taken > slowest:
            yield f"{size}: p95 {taken:,} ms {by}, of {slowest:,}"
        for part, most in (("html_bytes", MOST_HTML), ("js_bytes", MOST_JS), ("css_bytes", MOST_CSS)):
            if cost[part] > most:
                yield f"{size}: {part} {cost[part]:,} of {most:,}"
    few, many = (page.get(size, {}).get("queries") for size in SAME_SHAPE)
    if few is not None and many is not None and few != many:
        yield f"{few} queries in few rows, {many} in many"
