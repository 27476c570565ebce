"""The launcher as a person uses it: `with` around a command, and a whole `run`."""

import http.client
import json
import os
import signal
import stat
import subprocess
import sys
import urllib.request
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest

from ledgerflow.embedded.failures import ExitCode
from tests.services.launching import LAUNCHER, PROJECT, environment_for, free_port, launch, running, wait_for

pytestmark = pytest.mark.begins_first

CONNECT = "import os, psycopg; connection = psycopg.connect(os.environ['DATABASE_URL'], autocommit=True); "
MAKE_A_TABLE = ["--", sys.executable, "-c", CONNECT + "connection.execute('CREATE TABLE kept AS SELECT 1 AS n')"]


def is_replaced(web: int, worker: int) -> bool:
    return worker not in workers_of(web) and len(workers_of(web)) == 2


def has_another_process(home: Path, name: str, killed: int) -> bool:
    return pid_of(home, name) != killed


def query(sql: str) -> list[str]:
    return ["--", sys.executable, "-c", f"{CONNECT}print(connection.execute({sql!r}).fetchone()[0])"]


@pytest.mark.parametrize("major", ["16", "18"])
def test_services_for_one_command(tmp_path: Path, major: str) -> None:
    finished = launch(tmp_path, "with", "--pg", major, "--temporary", "--fast", *query("SHOW server_version"))
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines()[-1].startswith(f"{major}.")


def test_redis_answers_and_both_are_gone_afterwards(tmp_path: Path) -> None:
    code = (
        "import os, redis; print(redis.Redis.from_url(os.environ['REDIS_URL']).ping(), os.environ['LEDGERFLOW_HOME'])"
    )
    arguments = ["with", "--temporary", "--fast", "--redis", "--", sys.executable, "-c", code]
    finished = launch(tmp_path, *arguments, LEDGERFLOW_TMPDIR=str(tmp_path))
    answered, folder = finished.stdout.splitlines()[-1].split()
    assert (finished.returncode, answered) == (0, "True")
    assert Path(folder).parent == tmp_path
    assert not Path(folder).exists()


@pytest.mark.parametrize(
    "words, expected",
    [(["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137), (["/nonexistent"], ExitCode.NOT_INSTALLED)],
)
def test_the_exit_code_is_that_of_the_command(tmp_path: Path, words: list[str], expected: int) -> None:
    assert launch(tmp_path, "with", "--", *words, DATABASE_URL=os.environ["DATABASE_URL"]).returncode == expected


def test_a_stopped_launcher_stops_its_command_and_its_services(tmp_path: Path) -> None:
    flag = tmp_path / "started"
    words = [*LAUNCHER, "with", "--temporary", "--fast", "--", "sh", "-c", f"touch {flag}; exec sleep 600"]
    process = subprocess.Popen(words, env=environment_for(tmp_path, LEDGERFLOW_TMPDIR=str(tmp_path)), cwd=PROJECT)
    wait_for(flag.exists)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert list(tmp_path.glob("ledgerflow-*")) == []


def test_stop_ends_a_run_from_another_terminal(tmp_path: Path) -> None:
    """While it begins, which is long before its books are made: the end of one that is up is that of a whole life."""
    words = [*LAUNCHER, "run"]
    env = environment_for(tmp_path, PORT=str(free_port()))
    with subprocess.Popen(words, env=env, cwd=PROJECT, stdout=subprocess.DEVNULL) as process:
        wait_for((tmp_path / "run" / "environment.json").exists)
        started = marks(tmp_path)
        assert "PostgreSQL" in started
        assert launch(tmp_path, "stop").returncode == 0
        assert process.wait(timeout=60) == ExitCode.STOPPED
    assert not [pid for pid in started.values() if psutil.pid_exists(pid)]


def test_data_survive_restarts_and_stale_or_half_made_files(tmp_path: Path) -> None:
    home = tmp_path / "home"
    half_made = home / "postgres.initialising"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    finished = launch(home, "with", *MAKE_A_TABLE)
    assert finished.returncode == 0, finished.stderr
    assert "was left unfinished" in finished.stdout
    assert len(list(home.glob("postgres.initialising.unfinished-*"))) == 1
    # The number of a process that is somebody else's now, as after a restart of a container.
    (home / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{home}/postgres\n1\n5432\n\n\n")
    finished = launch(home, "with", *query("SELECT n FROM kept"))
    assert (finished.returncode, finished.stdout.strip()) == (0, "1")
    assert launch(home, "with", "--pg", "16", "--", "true").returncode == ExitCode.DAMAGED


# It connects as itself first: what is imported only then is loaded, for nobody may not read it. And it ends without what
# is done at the end of a process: where coverage is measured, that writes a file into a folder nobody may not write to.
AS_NOBODY = """
import os, sys, psycopg
owner = os.environ["DATABASE_URL"]
psycopg.connect(owner).close()
os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
for url in (owner, owner.replace("://ledgerflow@", "://ledgerflow_app@")):
    try:
        psycopg.connect(url)
    except psycopg.OperationalError as error:
        print("refused" if "Peer authentication failed" in str(error) else error)
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start PostgreSQL as nobody")
def test_a_process_of_the_shared_user_nobody_is_refused(tmp_path: Path) -> None:
    arguments = ["with", "--temporary", "--fast", "--", sys.executable, "-c", AS_NOBODY]
    finished = launch(tmp_path, *arguments)
    assert finished.stdout.splitlines()[-2:] == ["refused", "refused"]


def test_a_postgres_that_does_not_start_is_shown(tmp_path: Path) -> None:
    assert launch(tmp_path, "with", "--", "true").returncode == 0
    (tmp_path / "postgres" / "postgresql.auto.conf").write_text("nonsense = on\n")
    finished = launch(tmp_path, "with", "--", "true")
    assert finished.returncode == ExitCode.DATABASE
    assert 'unrecognized configuration parameter "nonsense"' in finished.stderr


def test_a_redis_that_does_not_start_is_shown(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "appendonly.aof").write_text("*nonsense\r\n")
    finished = launch(tmp_path, "with", "--redis", "--", "true", DATABASE_URL=os.environ["DATABASE_URL"])
    assert finished.returncode == ExitCode.REDIS
    assert "Bad file format" in finished.stderr


def get(port: int, path: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        status: int = answer.status
        return status


def test_a_whole_life(tmp_path: Path) -> None:
    """One data folder in three lives, because to begin takes longest: ended by Ctrl-C, its launcher killed, its PostgreSQL killed."""
    home, port = tmp_path / "home", free_port()
    with running(home, port, tmp_path / "first") as process:
        is_for_its_owner_alone(home, port)
        refuses_a_second_one(home, port, tmp_path / "other")
        is_joined_by_commands(home)
        started = marks(home)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == ExitCode.STOPPED
    assert not [pid for pid in started.values() if psutil.pid_exists(pid)]
    with running(home, port, tmp_path / "second", workers=2) as process:
        assert launch(home, "with", *query("SELECT n FROM kept")).stdout.strip() == "1"
        till = Till(home)
        goes_on_whoever_is_killed(home, till)
        assert process.poll() is None, (tmp_path / "second").read_text()
        url = json.loads((home / "run" / "environment.json").read_text())["DATABASE_OWNER_URL"]
        # A killed launcher leaves nothing in the way.
        process.kill()
        process.wait()
    with running(home, port, tmp_path / "third") as process:
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (1,)
            count = "SELECT count(*) FROM books_idempotencykey WHERE key LIKE 'till-%'"
            assert connection.execute(count).fetchone() == (len(till.acknowledged),)
        # The end of PostgreSQL is the end of all, in order, and it is named.
        os.kill(pid_of(home, "PostgreSQL"), signal.SIGKILL)
        assert process.wait(timeout=60) == ExitCode.CHILD_ENDED
    assert "PostgreSQL ended by itself (signal SIGKILL)" in (tmp_path / "third").read_text()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def is_for_its_owner_alone(home: Path, port: int) -> None:
    assert get(port, "/api/health/live") == 200
    credentials = home / "credentials.json"
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
    assert json.loads(credentials.read_text())["url"] == f"http://127.0.0.1:{port}"
    # What serves signs in as a role that cannot change history.
    url = json.loads((home / "run" / "environment.json").read_text())["DATABASE_URL"]
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE books_event SET data = data")


def refuses_a_second_one(home: Path, port: int, other: Path) -> None:
    assert launch(home, "run", PORT=str(free_port())).returncode == ExitCode.IN_USE
    taken = launch(other, "run", PORT=str(port))
    assert (taken.returncode, "PORT=8001" in taken.stderr) == (ExitCode.PORT_TAKEN, True)


def is_joined_by_commands(home: Path) -> None:
    """`with` on a folder that runs joins it, and so does manage.py."""
    assert launch(home, "with", *MAKE_A_TABLE).returncode == 0
    words = [sys.executable, "manage.py", "check", "--database", "default"]
    checked = subprocess.run(words, env=environment_for(home), cwd=PROJECT, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr


def marks(home: Path) -> dict[str, int]:
    return {mark["name"]: mark["pid"] for mark in json.loads((home / "run" / "processes.json").read_text())}


def pid_of(home: Path, name: str) -> int:
    return marks(home)[name]


def workers_of(pid: int) -> list[int]:
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # one that has just ended, perhaps not waited for yet
            if "granian" in " ".join(child.cmdline()):
                found.append(child.pid)
    return found


class Till:
    """A client that posts with a key of its own each time, and again until it has an answer."""

    def __init__(self, home: Path) -> None:
        self.credentials = json.loads((home / "credentials.json").read_text())
        self.acknowledged: list[str] = []

    def post(self) -> None:
        key = f"till-{len(self.acknowledged)}"
        wait_for(lambda: self.has_answer(key))
        self.acknowledged.append(key)

    def has_answer(self, key: str) -> bool:
        body = {"debit_account": "1001-CASH", "credit_account": "4001-SALES", "amount": "1.00"}
        headers = {"Authorization": f"Bearer {self.credentials['api_key']}", "Idempotency-Key": key}
        connection = http.client.HTTPConnection(self.credentials["url"].removeprefix("http://"), timeout=60)
        try:
            connection.request(
                "POST", "/api/transfers", json.dumps(body), headers | {"Content-Type": "application/json"}
            )
            return 200 <= connection.getresponse().status < 300
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def goes_on_whoever_is_killed(home: Path, till: Till) -> None:
    """One killed process stops nothing."""
    till.post()
    web = pid_of(home, "The web server")
    for worker in workers_of(web)[:1]:
        os.kill(worker, signal.SIGKILL)
        till.post()
        wait_for(partial(is_replaced, web, worker))
    for name in ("Valkey", "The task worker", "The scheduler", "The web server"):
        killed = pid_of(home, name)
        os.kill(killed, signal.SIGKILL)
        till.post()
        wait_for(partial(has_another_process, home, name, killed))
        till.post()


def test_a_bad_setting_stops_the_start(tmp_path: Path) -> None:
    settings = {"DATABASE_URL": os.environ["DATABASE_URL"], "LEDGERFLOW_WRITER_ISOLATION": "none"}
    finished = launch(tmp_path, "run", PORT=str(free_port()), **settings)
    assert finished.returncode == ExitCode.BAD_SETTING
    assert "LEDGERFLOW_WRITER_ISOLATION must be one of" in finished.stderr


def test_an_address_that_is_none(tmp_path: Path) -> None:
    assert launch(tmp_path, "run", LEDGERFLOW_BIND="300.1.1.1").returncode == ExitCode.BAD_SETTING
