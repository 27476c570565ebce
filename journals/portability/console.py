"""What has become of an import, for a person at a terminal."""

from __future__ import annotations

from journals.portability.models import ImportRun
from journals.portability.rejects import refused_by_code


def summary(run: ImportRun, rejects: str, *, rows: int, seconds: float) -> str:
    """What has become of the whole file, and how fast this start of its import was."""
    names = ("opened", "existing", "posted", "replayed")
    lines = [f"{name:<12}{getattr(run, name):>12,}" for name in names if getattr(run, name) or name == "posted"]
    by_code = refused_by_code(run)
    lines.append(f"{'refused':<12}{sum(by_code.values()):>12,}")
    lines += [f"  {code:<26}{number:>12,}" for code, number in by_code.items()]
    lines.append(f"{seconds:.1f} s, {rows / max(seconds, 0.001):,.0f} rows/s")
    if by_code:
        lines.append(f"Refused rows, with code and reason: {rejects}")
    return "\n".join(lines)
