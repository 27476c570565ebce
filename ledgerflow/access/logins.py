"""Guessing passwords is slow: so many tries in a quarter of an hour for a name, an address, and both together.

A try is counted before its password is looked at, in one statement that locks its rows: tries that come at once are
counted one after the other, and none slips through before the others failed. The counts are in the database, so that
all processes have the same, whether Redis is there or not.
"""

from __future__ import annotations

import hashlib
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from django.db import connection

from ledgerflow.access.rows import COUNT_TRY, FORGET_OLD_TRIES, FORGET_TRIES, GIVE_BACK_TRY

WINDOW_SECONDS = 15 * 60
MOST_TOGETHER = 5
# Many people can share an address, behind a proxy all of them do.
MOST_FROM_AN_ADDRESS = 50
# Higher, so that nobody keeps a person out from one machine by typing that person's name.
MOST_FOR_A_NAME = 100


class _Digests(NamedTuple):
    together: str
    address: str
    name: str


def take_try(name: str, address: str) -> int:
    """Count one more try to sign in. Gives 0 when it may be made, otherwise the seconds until the next may."""
    digests = _digests(name, address)
    limits = dict(zip(digests, (MOST_TOGETHER, MOST_FROM_AN_ADDRESS, MOST_FOR_A_NAME), strict=True))
    window = f"{WINDOW_SECONDS} seconds"
    with connection.cursor() as cursor:
        cursor.execute(FORGET_OLD_TRIES, {"window": window})
        cursor.execute(COUNT_TRY, {"digests": list(digests), "window": window})
        counted = cursor.fetchall()
    return max((max(left, 1) for digest, tries, left in counted if tries > limits[digest]), default=0)


def succeeded(name: str, address: str) -> None:
    """That try was right: what this person got wrong here before is forgotten, and others are none the worse."""
    digests = _digests(name, address)
    with connection.cursor() as cursor:
        cursor.execute(FORGET_TRIES, (digests.together,))
        for digest in (digests.address, digests.name):
            cursor.execute(GIVE_BACK_TRY, (digest,))


def _digests(name: str, address: str) -> _Digests:
    name, network = name.strip().casefold(), _network(address)
    given = (("together", name, network), ("address", network), ("name", name))
    return _Digests(*(hashlib.sha256("\0".join(one).encode(errors="replace")).hexdigest() for one in given))


def _network(address: str) -> str:
    """The address, of version 6 the /64 around it: a single customer of a provider has all of those."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found)
