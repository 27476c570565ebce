"""Command line of the project: `python manage.py COMMAND`."""

import os
import sys

from ledgerflow.embedded.environment import adopt_running_services

EXIT_BAD_CONFIGURATION = 2


def main() -> None:
    """Run a Django command; a setting with a bad value is one line on stderr and exit code 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    adopt_running_services()
    # Imported here: with a wrong interpreter the line below should be the first to fail, and say so.
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        _ = settings.DATABASES
    except ImproperlyConfigured as error:
        sys.stderr.write(f"ledgerflow: {error}\n")
        sys.exit(EXIT_BAD_CONFIGURATION)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
