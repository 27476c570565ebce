"""Who goes on with which entity: leases are renewed while there is work, given back when there is none, and shared.

A lease is taken in the transaction that applies the first events (`applying`), so that taking over costs nothing.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable
from uuid import UUID

from ledgerflow.core.ids import uuid7
from ledgerflow.events.consuming import rows
from ledgerflow.events.consuming.applying import Applier
from ledgerflow.events.consuming.stores import LEASE_SECONDS

RENEW_SECONDS = 2
MAX_HOST = 40


def new_owner() -> str:
    """A name that says where a process runs, and that no other one has, nor this one for another consumer."""
    return f"{socket.gethostname()[:MAX_HOST]}:{os.getpid()}:{uuid7().hex}"


class Leases:
    """The leases of one applier. With `shares` it leaves some to a process that has less to do."""

    def __init__(self, applier: Applier, *, shares: bool) -> None:
        self._applier = applier
        self._shares = shares
        self._renewed_at = time.monotonic()

    def keep_when_due(self) -> bool:
        """`keep`, when the last time is two seconds ago; gives whether it was."""
        is_due = time.monotonic() - self._renewed_at >= RENEW_SECONDS
        if is_due:
            self.keep()
        return is_due

    def keep(self) -> None:
        """Renew what there was work for, give back the rest and what others want."""
        self._renewed_at = time.monotonic()
        applier = self._applier
        if applier.held:
            busy = list(applier.busy)
            renewed = dict(rows.query(applier.connection, rows.RENEW, (LEASE_SECONDS, *self._mine(busy))).fetchall())
            wanted = [entity_id for entity_id, is_wanted in renewed.items() if is_wanted]
            self.give_back([one for one in applier.held if one not in renewed])
            if len(applier.held) > len(wanted):
                self.give_back(wanted)
            applier.busy.clear()
        if self._shares:
            self._ask()

    def give_back(self, entities: Iterable[UUID] | None = None) -> None:
        """Let others take these entities, or all, at once."""
        applier = self._applier
        given = list(applier.held if entities is None else entities)
        if given:
            rows.query(applier.connection, rows.RELEASE, self._mine(given))
        for entity_id in given:
            applier.held.pop(entity_id, None)
            applier.busy.discard(entity_id)

    def _ask(self) -> None:
        """Ask the one with the most leases for half of what he has more."""
        applier = self._applier
        most = rows.query(applier.connection, rows.HOLDERS, (applier.consumer.name,)).fetchone()
        if most is None or most[0] == applier.owner:
            return
        owner, entities = most
        share = (len(entities) - len(applier.held)) // 2
        if share > 0:
            rows.query(applier.connection, rows.WANT, (applier.consumer.name, entities[:share], owner))

    def _mine(self, entities: list[UUID]) -> tuple[str, list[UUID], str]:
        return self._applier.consumer.name, entities, self._applier.owner
