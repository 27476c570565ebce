"""`python -m bench`: needs DATABASE_URL; `make bench` starts the services."""

from __future__ import annotations

import os
import signal
import sys


def main() -> int:
    """0: measured, and the books are right, whatever the ratios are; 1: something failed or the books are wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    # So that what was started is stopped when the launcher passes SIGTERM on.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    import django  # noqa: PLC0415 - after the settings are named

    django.setup()
    from bench.options import from_command_line  # noqa: PLC0415 - models can be imported only now
    from bench.runs import run  # noqa: PLC0415

    return run(from_command_line())


if __name__ == "__main__":
    sys.exit(main())
