#!/usr/bin/env bash
# `make up`, `down`, `restart`, `logs` and `ps`: the roles as services of a container engine where one answers, else as
# processes of the launcher. Says which.
set -euo pipefail
cd "$(dirname "$0")/.."
action=$1
shift

engine() {
    command -v docker >/dev/null && docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1
}

secrets() {
    [[ -e .env ]] && return
    umask 077
    for name in LEDGERFLOW_SECRET_KEY POSTGRES_PASSWORD LEDGERFLOW_APP_PASSWORD LEDGERFLOW_READ_MODELS_PASSWORD; do
        echo "$name=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')"
    done >.env
    echo 'Passwords were made and written to .env.'
}

if engine; then
    echo 'With the container engine (docker compose).'
    secrets
    export COMPOSE_PROFILES=roles KAFKA_BOOTSTRAP_SERVERS=kafka:9092 PORT="${WEB_PORT:-8004}"
    case $action in
    up) docker compose up --detach --build --wait "$@" ;;
    down) docker compose down "$@" ;;
    restart) docker compose restart "$@" ;;
    logs) docker compose logs --follow --tail 50 "$@" ;;
    ps) docker compose ps "$@" ;;
    esac
else
    echo 'With the launcher, because no container engine answers here.'
    [[ $action != down ]] || action=stop
    exec .venv/bin/python -m ledgerflow.embedded "$action" "$@"
fi
