#!/bin/sh
# Run by the postgres image when it makes its data folder: the role that the application signs in as.
# `migrate` grants it what it needs.
set -eu

psql --set ON_ERROR_STOP=1 --set password="$LEDGERFLOW_APP_PASSWORD" \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE ledgerflow_app LOGIN PASSWORD :'password';
SQL
