"""What each room adds to the whole: events, kinds of journals, parts of a close, jobs, proofs, proposals.

A room declares one `Plugin` in its `plugin.py`, and its `AppConfig.ready` registers it. Imports point from `fx` to
`journals`, so the close of a day cannot call a revaluation by its name: it runs what is declared, in the order of apps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Self
from uuid import UUID

from ledgerflow.core.events import Fact, RecordedEvent, check_declared
from ledgerflow.core.page_help import PageHelp

SETTINGS = "settings"  # who issues the keys of what a file of settings brings
Effect = Literal["block", "warn"]
# Runs for an entity, a day and an actor. It may run again after a crash; what it gives is kept in the close's record.
Work = Callable[[UUID, date, str], dict[str, Any]]


class Cure(NamedTuple):
    """Where in the admin something is put right: `view` is the name of a page, `row` what that page is about."""

    label: str
    view: str
    row: UUID | int | None = None


@dataclass(frozen=True, slots=True)
class JournalKindSpec:
    """A kind of journal: `name` is what the journal carries, `label` what people read."""

    name: str
    label: str
    # Posts to a frozen account too: what the books owe themselves whatever is frozen.
    passes_freeze: bool = False
    # Dated into a day that is cut off and not closed yet, in the ordinary layer.
    into_closing_day: bool = False
    # For a journal that is a part of something: the sentence that says how it is taken back instead of alone.
    reversed_only_by: str = ""
    # Of such a journal, given its id: the page where that is done.
    undone_at: Callable[[UUID], Cure | None] | None = None
    # A template of operations may make journals of this kind: they are nothing but their lines.
    of_templates: bool = False


class Finding(str):
    """A sentence of a check: a text like any other where it is stored, that people can also be led on from."""

    __slots__ = ("cure",)
    cure: Cure | None

    def __new__(cls, sentence: str, cure: Cure | None = None) -> Self:
        finding = super().__new__(cls, sentence)
        finding.cure = cure
        return finding


@dataclass(frozen=True, slots=True)
class Check:
    """What is looked at before a day closes: `find` gives one sentence for each thing that is wrong."""

    name: str
    find: Callable[[UUID, date], list[Finding]]
    # What a finding does unless the policy of the entity says otherwise.
    effect: Effect = "warn"


HOME_MOST = 20  # entries of one check that are shown; a check asks for one more, so that it is known there are more
Figures = Mapping[str, str | int | Decimal | date | datetime | None]


class HomeEntry(NamedTuple):
    """Something that somebody should look at: `figures` fill the places of the sentence when it is shown.

    The sentence is a text to be translated (`gettext_noop`), and figures are written as the reader writes them.
    """

    sentence: str
    figures: Figures = MappingProxyType({})
    cures: tuple[Cure, ...] = ()


class HomeLook(NamedTuple):
    """What a check of Home found: nothing when all is well, and then perhaps a few words that say how well.

    It `is_told` that all is well unless there is nothing of the kind in these books.
    """

    entries: Sequence[HomeEntry] = ()
    calm: HomeEntry | None = None
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class HomeCheck:
    """What Home looks at. Who has `permission` (Django's; empty: everybody) sees what it found, by `rank`, 1 first.

    Either `find` looks at one set of books, and what it found is kept for all who look within the minute; or
    `find_for` looks at many for one person, each time. Each takes a number of queries that is always the same, over an
    index or to a limit, and gives at most `HOME_MOST` entries and one.
    """

    name: str
    title: str
    rank: int
    permission: str = ""
    find: Callable[[UUID], HomeLook] | None = None
    find_for: Callable[[Any, Sequence[UUID]], Mapping[UUID, HomeLook]] | None = None

    def __post_init__(self) -> None:
        if (self.find is None) == (self.find_for is None):
            message = f"{self.name} looks either at books or for a person."
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class CloseStep:
    """Work in the day that is closing, after its cut-off and checks, before its snapshot.

    What it raises stops the close, is in its record, and is tried again by the next run.
    """

    name: str
    work: Work


@dataclass(frozen=True, slots=True)
class NewDayJob:
    """What is due on a new business date, after the day before has closed. Nothing that it raises stops the others."""

    name: str
    work: Work


@dataclass(frozen=True, slots=True)
class Job:
    """What the scheduler starts for each entity, one task an entity.

    `minute` and `hour` are those of a crontab in UTC. A task that has not begun `stale_after_seconds` after its tick is
    dropped, because a later tick brings it again. `entities` gives those that have something to do, None means all.
    With `in_sequence` the next entity's task is sent when the one before is done: long work then holds one place of the
    worker, and leaves the others to what is due every minute. `work` gives True where it has left something over, and
    is then started again, after the tasks of other entities. It must be safe to run twice.
    """

    name: str
    work: Callable[[UUID], bool | None]
    minute: str
    stale_after_seconds: int
    hour: str = "*"
    entities: Callable[[], Iterable[UUID]] | None = None
    in_sequence: bool = False


@dataclass(frozen=True, slots=True)
class Verifier:
    """Compares rows with the events they follow from, on a connection in one read-only snapshot; gives faults.

    `facts` are the events it compares with: what no verifier reads, nobody proves.
    """

    name: str
    compare: Callable[[Any, UUID], Iterable[Any]]
    facts: tuple[type[Fact], ...] = ()


@dataclass(frozen=True, slots=True)
class ProposalKind:
    """What one person may propose and another approve.

    `carry_out` gets the approved proposal and who approved it, in transactions of its own, and may be called again
    after it failed or was killed: its effect must carry the proposal's id, so that `already_done` can tell, and its
    write must look for that under the lock. `permission` is one of Django's ("days.reopen_day").
    """

    name: str
    title: str
    permission: str
    carry_out: Callable[[Any, Any], Any]
    already_done: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Permission:
    """What a person may be allowed to do beyond Django's own four permissions a model, and what people read for it."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Command:
    """What the palette of the operator's desk leads to: `view` is the name of a page of the admin, without `admin:`.

    `label` is what people read, `words` are others that they may type for it. It is offered to who has the permission
    ("journals.add_journal"), to all where it is "". `key` is a sequence of single keys such as "g j".
    """

    name: str
    label: str
    view: str
    words: str = ""
    permission: str = ""
    key: str = ""


# What a consumer does with events of one entity, in their order, on a connection in a transaction.
Apply = Callable[[Any, UUID, Sequence[RecordedEvent]], None]


@dataclass(frozen=True, slots=True)
class Consumer:
    """What follows the log of each entity by itself, and saves how far it came in the transaction of what it did.

    `apply` gets a run of events without a gap on a psycopg connection in that transaction, and writes nowhere else. It
    raises when it cannot; with `on_failure` "stop" the entity waits there and the error is told (a projection), with
    "park" its events wait, in order, until an operator replays or discards the first one (work for others).
    """

    name: str
    apply: Apply
    on_failure: Literal["stop", "park"] = "stop"
    # Where its tables and its position are: in the books, or in the database of read models.
    database: Literal["books", "read_models"] = "books"
    # Called on each new connection before anything else, in autocommit: makes the tables where a migration cannot.
    prepare: Callable[[Any], object] | None = None


@dataclass(frozen=True, slots=True)
class ReadModel:
    """Tables that follow from events alone and can be made anew from them at any time.

    `tables` is a file of SQL that makes them. It names no schema; indexes that only reading needs have a CREATE INDEX
    each, so that a rebuild makes them last. `apply` brings the tables on by a run of events. Raise `version` when it
    makes other rows of the same events: those that are there then wait for a rebuild.
    """

    name: str
    tables: Path
    apply: Apply
    # By these alone it changes; others are not handed to it.
    facts: tuple[type[Fact], ...]
    version: int = 1


def no_more_scopes(_body: Any) -> tuple[str, ...]:
    """Of kinds whose payload asks for nothing beyond `scope`."""
    return ()


@dataclass(frozen=True, slots=True)
class CommandKind:
    """What may be asked for and is done later: `name` such as "TRANSFER_MONEY", `body` the struct of its payload.

    `content` looks at a decoded payload as far as the endpoint of the same does before it asks the books, and gives
    what is asked for: two commands with one key and the same content are one. `carry_out` gets commands of this kind
    (or of kinds with the same `carry_out`) for one entity, in their order, and what ends them
    (`ledgerflow.events.commands.ending`). `scope` is the one that a caller needs, as for the endpoint that does the
    same at once; `scopes_of` gives those that a payload needs beyond it.
    """

    name: str
    body: type[Any]
    scope: str
    content: Callable[[Any], Sequence[Any]]
    carry_out: Callable[[UUID, Sequence[Any], Any], None]
    scopes_of: Callable[[Any], tuple[str, ...]] = no_more_scopes


@dataclass(frozen=True, slots=True)
class Portable:
    """What a file of settings carries of a room, so that books that get it say the same as those it comes from.

    `body` is the struct of one entry. `entries` gives what is in the books, on a connection in one snapshot; `bring`
    takes one to other books, and tells whether it changed anything there: what is there already changes nothing. It
    raises what is wrong with the entry. `before_journals` for what journals must find when they are imported; all
    else comes after them, because rules of today need not have held for journals of the past.
    """

    name: str
    body: type[Any]
    entries: Callable[[Any, UUID], Iterable[Any]]
    bring: Callable[[UUID, Any, str], bool]
    before_journals: bool = False


@dataclass(frozen=True, slots=True)
class Plugin:
    """All that a room adds. Names are unique over all rooms, within their sort."""

    room: str
    # The facts of the room's `events.py` that can be recorded; a type that no room declares is a fault of the books.
    events: tuple[type[Fact], ...] = ()
    journal_kinds: tuple[JournalKindSpec, ...] = ()
    checks: tuple[Check, ...] = ()
    home_checks: tuple[HomeCheck, ...] = ()
    close_steps: tuple[CloseStep, ...] = ()
    new_day_jobs: tuple[NewDayJob, ...] = ()
    jobs: tuple[Job, ...] = ()
    verifiers: tuple[Verifier, ...] = ()
    proposal_kinds: tuple[ProposalKind, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    read_models: tuple[ReadModel, ...] = ()
    command_kinds: tuple[CommandKind, ...] = ()
    portables: tuple[Portable, ...] = ()
    commands: tuple[Command, ...] = ()
    helps: tuple[PageHelp, ...] = ()
    permissions: tuple[Permission, ...] = ()
    # By scope of API keys: which permissions of Django (all of them) the same work takes in the admin.
    scope_permissions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    role_permissions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by role, besides scopes and kinds
    # Tables whose rows are written once: no UPDATE, DELETE or TRUNCATE, by a trigger and by the role's grants.
    history_tables: frozenset[str] = frozenset()
    # Tables whose rows change and never go, because history refers to them, with the columns that change.
    never_deleted_tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Names that people read for what stands in the detail of a close's step.
    step_labels: tuple[tuple[str, str], ...] = ()
    # Adds to the demo books what is not there yet, given the entity and the actor.
    demo: Callable[[Any, str], None] | None = None


class Registry:
    """The plugins of all rooms, in the order in which their apps start."""

    def __init__(self) -> None:
        self._plugins: dict[str, Plugin] = {}
        self.events: dict[str, type[Fact]] = {}  # by type
        self.journal_kinds: dict[str, JournalKindSpec] = {}
        self.checks: dict[str, Check] = {}
        self.home_checks: dict[str, HomeCheck] = {}
        self.close_steps: dict[str, CloseStep] = {}
        self.new_day_jobs: dict[str, NewDayJob] = {}
        self.jobs: dict[str, Job] = {}
        self.verifiers: dict[str, Verifier] = {}
        self.proposal_kinds: dict[str, ProposalKind] = {}
        self.consumers: dict[str, Consumer] = {}
        self.read_models: dict[str, ReadModel] = {}
        self.command_kinds: dict[str, CommandKind] = {}
        self.portables: dict[str, Portable] = {}
        self.commands: dict[str, Command] = {}
        self.helps: dict[str, PageHelp] = {}
        self.kinds_that_pass_a_freeze: set[str] = set()  # asked for each line that is posted
        self.kinds_into_a_closing_day: set[str] = set()

    def add(self, plugin: Plugin) -> None:
        """Take in a room. Raises `ValueError` for a room or a name that is there already, and changes nothing then."""
        if plugin.room in self._plugins:
            message = f"The room {plugin.room!r} is registered already."
            raise ValueError(message)
        for fact in plugin.events:
            check_declared(fact)
        merged = {sort: self._merged(sort, plugin) for sort in SORTS}
        for sort, entries in merged.items():
            getattr(self, sort).update(entries)
        self.kinds_that_pass_a_freeze |= {kind.name for kind in plugin.journal_kinds if kind.passes_freeze}
        self.kinds_into_a_closing_day |= {kind.name for kind in plugin.journal_kinds if kind.into_closing_day}
        self._plugins[plugin.room] = plugin

    def _merged(self, sort: str, plugin: Plugin) -> dict[str, Any]:
        declared = getattr(plugin, sort)
        entries = {entry.event_type if sort == "events" else entry.name: entry for entry in declared}
        taken = entries.keys() & getattr(self, sort).keys()
        if taken or len(entries) != len(declared):
            message = f"{plugin.room} declares a name twice among its {sort}: {', '.join(sorted(taken or entries))}."
            raise ValueError(message)
        return entries

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        return tuple(self._plugins.values())

    def permissions_of_scope(self, scope: str) -> frozenset[str]:
        """What a person must be allowed to do, in all rooms, so that a key with this scope may act for him."""
        return frozenset[str]().union(*(plugin.scope_permissions.get(scope, ()) for plugin in self.plugins))

    @property
    def step_labels(self) -> dict[str, str]:
        return {name: label for plugin in self.plugins for name, label in plugin.step_labels}

    @property
    def history_tables(self) -> frozenset[str]:
        return frozenset[str]().union(*(plugin.history_tables for plugin in self.plugins))

    @property
    def never_deleted_tables(self) -> dict[str, tuple[str, ...]]:
        return {table: columns for plugin in self.plugins for table, columns in plugin.never_deleted_tables.items()}


SORTS = (
    "events", "journal_kinds", "checks", "home_checks", "close_steps", "new_day_jobs", "jobs", "verifiers",
    "proposal_kinds", "consumers", "read_models", "command_kinds", "portables", "commands", "helps",
)  # fmt: skip
registry = Registry()
