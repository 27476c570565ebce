"""PostgreSQL and Valkey from their wheels, Kafka where asked for: `make run`, `make test` and `make bench`.

    python -m ledgerflow.embedded run                       everything, until Ctrl-C or SIGTERM
    python -m ledgerflow.embedded with [...] -- COMMAND     the services only, for as long as COMMAND runs
    python -m ledgerflow.embedded stop                      end a `run` from another terminal

Needs Linux: processes are recognised through /proc. Exit codes (class ExitCode in `failures.py`):

| Code | Meaning                                                                                      |
|------|----------------------------------------------------------------------------------------------|
| 0    | stopped because somebody asked for it                                                        |
| 1    | PostgreSQL ended by itself, or another process before all was up; its last lines are shown   |
| 2    | a setting or an argument has a bad value                                                     |
| 3    | another `make run` (or a PostgreSQL of somebody else) uses this data folder                  |
| 4    | the port is taken                                                                            |
| 5    | the disk is full, or the data folder cannot be written                                       |
| 6    | PostgreSQL cannot be reached (DATABASE_URL), or the embedded one does not start              |
| 7    | the broker cannot be reached (REDIS_URL), or the embedded Valkey does not start              |
| 8    | something is not installed: Python too old, a wheel missing, no Java, a command not found    |
| 9    | the data folder is damaged or made by another version of PostgreSQL                          |
| 10   | started as root, and there is no way to run PostgreSQL as somebody else                      |
| 11   | preparing failed (migrations, demo data, Kafka's topics)                                     |
| 12   | Kafka cannot be reached (KAFKA_BOOTSTRAP_SERVERS), or the embedded one does not start        |

`with` gives back the exit code of COMMAND (128 + signal if one ended it), or one of these if it never ran.
"""
