"""`python manage.py COMMAND`: the same as `ledgerflow COMMAND`, for a checkout that is not installed."""

from ledgerflow.__main__ import main

if __name__ == "__main__":
    main()
