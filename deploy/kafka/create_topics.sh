#!/bin/sh
# The topics of a cluster, once: KAFKA_BOOTSTRAP_SERVERS=… deploy/kafka/create_topics.sh --partitions 12 --replication-factor 3
set -eu
if [ -x "$(dirname "$0")/../../.venv/bin/python" ]; then
    cd "$(dirname "$0")/../.."
    exec .venv/bin/python manage.py create_topics "$@"
fi
exec ledgerflow create_topics "$@"
