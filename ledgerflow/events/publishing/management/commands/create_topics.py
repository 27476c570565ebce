"""`manage.py create_topics [--partitions N] [--replication-factor N]`: the topics of Kafka that are missing.

Exit code 0 when all are there as they should be, 1 when Kafka is away or refuses, 2 when a topic is there and differs
or a setting is wrong.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.core.errors import LedgerError, Malformed
from ledgerflow.events.publishing.errors import TopicDiffers
from ledgerflow.events.publishing.topics import OF_THE_CLUSTER, PARTITIONS, create_topics

MOST = 1_000


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MOST:
        message = f"from 1 to {MOST}, not {text}"
        raise ArgumentTypeError(message)
    return number


class Command(BaseCommand):
    help = "Make the topics of events, commands and checkpoints; those that are there stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--partitions", type=_count, metavar="N", help=f"of each topic; {PARTITIONS} unless given")
        parser.add_argument(
            "--replication-factor",
            type=_count,
            default=OF_THE_CLUSTER,
            metavar="N",
            help="copies of each partition; what the brokers are set to unless given",
        )

    def handle(self, *_args: Any, partitions: int | None, replication_factor: int, **_options: Any) -> None:
        try:
            for sentence in create_topics(partitions, replication_factor):
                self.stdout.write(sentence)
        except LedgerError as refusal:
            returncode = 2 if isinstance(refusal, TopicDiffers | Malformed) else 1
            raise CommandError(refusal.message, returncode=returncode) from refusal
