"""`ledgerflow`: run everything, or one command of the books.

    ledgerflow run                    PostgreSQL, Valkey, web, worker and scheduler, until Ctrl-C
    ledgerflow stop                   end a `run` from another terminal
    ledgerflow with [...] -- COMMAND  the services only, for as long as COMMAND runs
    ledgerflow help                   every other command: close_day, verify_ledger, import_journals, ...

`python -m ledgerflow` and, in a checkout, `python manage.py` are the same.
"""

import os
import sys

EXIT_BAD_CONFIGURATION = 2
OF_THE_LAUNCHER = frozenset({"run", "stop", "with"})


def main() -> None:
    """End with the exit code of the command."""
    words = sys.argv[1:]
    # `ledgerflow manage close_day` is what somebody types who knows Django.
    if words[:1] == ["manage"]:
        del sys.argv[1], words[0]
    if words and words[0] in OF_THE_LAUNCHER:
        from ledgerflow.embedded.__main__ import main as launch

        sys.exit(launch(words))
    if not words or words[0] in {"-h", "--help"}:
        sys.stdout.write(f"{__doc__}\n")
        sys.exit(0 if words else EXIT_BAD_CONFIGURATION)
    manage()


def manage() -> None:
    """Run a Django command; a setting with a bad value is one line on stderr and exit code 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    # Imported here: with a package missing, what fails should be the import that needs it, and say so.
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from ledgerflow.embedded.environment import adopt_running_services

    adopt_running_services()
    if sys.argv[1:2] == ["serve"] and sys.argv[2:]:
        os.environ["LEDGERFLOW_ROLE"] = sys.argv[2]  # settings depend on it
    try:
        _ = settings.DATABASES
    except ImproperlyConfigured as error:
        sys.stderr.write(f"ledgerflow: {error}\n")
        sys.exit(EXIT_BAD_CONFIGURATION)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
