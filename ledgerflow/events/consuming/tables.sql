-- The tables of positions, offsets and dead letters for a schema of read models: the same as those of the models in
-- `models.py`, which a test compares. It names no schema and may run again.
CREATE TABLE IF NOT EXISTS consuming_position (
    consumer varchar(64) NOT NULL,
    entity_id uuid NOT NULL,
    sequence bigint DEFAULT 0 NOT NULL,
    hash bytea DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000' NOT NULL,
    state varchar(9) DEFAULT 'following' NOT NULL,
    cause varchar(9) DEFAULT '' NOT NULL,
    stopped_at timestamptz,
    kafka_partition integer,
    kafka_offset bigint,
    lease_owner varchar(100) DEFAULT '' NOT NULL,
    lease_epoch bigint DEFAULT 0 NOT NULL,
    lease_expires_at timestamptz,
    lease_wanted boolean DEFAULT false NOT NULL,
    updated_at timestamptz DEFAULT statement_timestamp() NOT NULL,
    PRIMARY KEY (consumer, entity_id),
    CONSTRAINT consuming_position_state_known CHECK (state IN ('following', 'stopped', 'parked')),
    CONSTRAINT consuming_position_stopped_at CHECK (
        (state = 'following' AND stopped_at IS NULL) OR (NOT state = 'following' AND NOT stopped_at IS NULL)
    ),
    CONSTRAINT consuming_position_bounds CHECK (
        sequence >= 0 AND octet_length(hash) = 32
        AND stopped_at >= '1900-01-01 00:00:00+00' AND stopped_at <= '2999-12-31 23:59:59.999999+00'
        AND kafka_partition >= 0 AND kafka_offset >= 0 AND lease_epoch >= 0
        AND lease_expires_at >= '1900-01-01 00:00:00+00' AND lease_expires_at <= '2999-12-31 23:59:59.999999+00'
        AND updated_at >= '1900-01-01 00:00:00+00' AND updated_at <= '2999-12-31 23:59:59.999999+00'
    )
);

CREATE TABLE IF NOT EXISTS consuming_offset (
    consumer varchar(64) NOT NULL,
    topic varchar(249) NOT NULL,
    kafka_partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (consumer, topic, kafka_partition),
    CONSTRAINT consuming_offset_bounds CHECK (kafka_partition >= 0 AND next_offset >= 0)
);

CREATE TABLE IF NOT EXISTS consuming_deadletter (
    id uuid NOT NULL PRIMARY KEY,
    consumer varchar(64) NOT NULL,
    entity_id uuid,
    sequence bigint,
    event_id uuid,
    type varchar(64) DEFAULT '' NOT NULL,
    payload text NOT NULL,
    cause varchar(9) NOT NULL,
    error text NOT NULL,
    attempts integer NOT NULL,
    first_failed_at timestamptz NOT NULL,
    last_failed_at timestamptz NOT NULL,
    topic varchar(249) DEFAULT '' NOT NULL,
    kafka_partition integer,
    kafka_offset bigint,
    status varchar(9) DEFAULT 'open' NOT NULL,
    reason varchar(500) DEFAULT '' NOT NULL,
    decided_by varchar(160) DEFAULT '' NOT NULL,
    decided_at timestamptz,
    CONSTRAINT consuming_deadletter_cause_known CHECK (cause IN ('failed', 'gap', 'broken', 'malformed')),
    CONSTRAINT consuming_deadletter_status_known CHECK (status IN ('open', 'replayed', 'discarded')),
    CONSTRAINT consuming_deadletter_decided CHECK (
        (decided_at IS NULL AND decided_by = '' AND status = 'open')
        OR (NOT status = 'open' AND NOT decided_at IS NULL AND NOT decided_by = '')
    ),
    CONSTRAINT consuming_deadletter_of_an_event CHECK (
        (entity_id IS NULL AND event_id IS NULL AND sequence IS NULL)
        OR (NOT entity_id IS NULL AND NOT sequence IS NULL AND NOT event_id IS NULL)
    ),
    CONSTRAINT consuming_deadletter_failed_in_order CHECK (last_failed_at >= first_failed_at),
    CONSTRAINT consuming_deadletter_bounds CHECK (
        sequence >= 0 AND attempts >= 0
        AND first_failed_at >= '1900-01-01 00:00:00+00' AND first_failed_at <= '2999-12-31 23:59:59.999999+00'
        AND last_failed_at >= '1900-01-01 00:00:00+00' AND last_failed_at <= '2999-12-31 23:59:59.999999+00'
        AND kafka_partition >= 0 AND kafka_offset >= 0
        AND decided_at >= '1900-01-01 00:00:00+00' AND decided_at <= '2999-12-31 23:59:59.999999+00'
    )
);
CREATE UNIQUE INDEX IF NOT EXISTS consuming_deadletter_open_once
    ON consuming_deadletter (consumer, entity_id, sequence) WHERE status = 'open';
CREATE UNIQUE INDEX IF NOT EXISTS consuming_deadletter_message_once
    ON consuming_deadletter (consumer, topic, kafka_partition, kafka_offset) WHERE entity_id IS NULL;
CREATE INDEX IF NOT EXISTS consuming_deadletter_by_entity ON consuming_deadletter (entity_id, id);
CREATE INDEX IF NOT EXISTS consuming_deadletter_open ON consuming_deadletter (consumer, id) WHERE status = 'open';
