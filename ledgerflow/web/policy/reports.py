"""Reports of browsers that a page of ours tried what its policy forbids: logged and counted, whoever sends them.

Anybody can send anything here. So the answer is always the same, a report is read only where it is small, and of many
only the first of a minute are logged; the number of all is in each line.
"""

from __future__ import annotations

import time
from collections import Counter
from threading import Lock
from typing import Any

import msgspec
import structlog
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger(__name__)
MOST_BYTES = 16_384
MOST_DIGITS = 9  # of a length that is read as a number at all
MOST_CHARACTERS = 300
LOGGED_A_MINUTE = 30
# Others are counted together: a report must not make this process remember its words.
DIRECTIVES = frozenset(
    {
        *("default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem"),
        *("style-src-attr", "img-src", "font-src", "connect-src", "form-action", "base-uri", "frame-ancestors"),
        *("frame-src", "worker-src", "child-src", "media-src", "object-src", "manifest-src"),
    }
)
OTHER = "other"


class Violations:
    """What was reported to this process."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._lock = Lock()
        self._minute = 0
        self._logged = 0

    def add(self, directive: str) -> bool:
        """Count it, and say whether it may be logged too."""
        minute = int(time.monotonic() // 60)
        with self._lock:
            self.counts[directive] += 1
            if minute != self._minute:
                self._minute, self._logged = minute, 0
            self._logged += 1
            return self._logged <= LOGGED_A_MINUTE


violations = Violations()


def policy_reports(request: HttpRequest) -> HttpResponse:
    """Take a report. What is none is nothing: no browser reads the answer."""
    if request.method == "POST":
        report = _read(request)
        if report is not None:
            _tell(report)
    return HttpResponse(status=204)


# Browsers send reports without a token, and for people who are not signed in.
policy_reports.csrf_exempt = True  # type: ignore[attr-defined]
policy_reports.login_required = False  # type: ignore[attr-defined]


def _read(request: HttpRequest) -> dict[str, Any] | None:
    length = request.META.get("CONTENT_LENGTH") or ""
    is_number = length.isascii() and length.isdigit() and len(length) <= MOST_DIGITS
    if not is_number or not 0 < int(length) <= MOST_BYTES:
        return None
    try:
        document = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    report = document.get("csp-report") if isinstance(document, dict) else None
    return report if isinstance(report, dict) else None


def _tell(report: dict[str, Any]) -> None:
    named = str(report.get("effective-directive") or report.get("violated-directive") or "").partition(" ")[0]
    directive = named if named in DIRECTIVES else OTHER
    if violations.add(directive):
        log.warning(
            "policy_violation",
            directive=directive,
            page=_words(report, "document-uri"),
            blocked=_words(report, "blocked-uri"),
            source=_words(report, "source-file"),
            seen=violations.counts.total(),
        )


def _words(report: dict[str, Any], name: str) -> str:
    return str(report.get(name, ""))[:MOST_CHARACTERS]
