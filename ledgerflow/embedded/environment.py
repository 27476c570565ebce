"""The addresses of a running `make run`, for commands started in another terminal."""

import json
import os
from pathlib import Path

FILE_NAME = "environment.json"


def home() -> Path:
    """Where the data of `make run` lives: `$LEDGERFLOW_HOME`, or `.ledgerflow` beside the code."""
    default = Path(__file__).resolve().parent.parent.parent / ".ledgerflow"
    return Path(os.environ.get("LEDGERFLOW_HOME") or default).absolute()


def adopt_running_services() -> None:
    """Without DATABASE_URL, take the services that `make run` wrote down; set variables win."""
    if os.environ.get("DATABASE_URL"):
        return
    try:
        written = json.loads((home() / "run" / FILE_NAME).read_text())
    except (OSError, ValueError):
        return
    for name, value in written.items():
        os.environ.setdefault(name, value)
