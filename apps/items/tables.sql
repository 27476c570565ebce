-- Items as they are read. No schema is named: a rebuild makes the same table beside this one.

CREATE TABLE items (
    entity_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    event_sequence bigint NOT NULL,
    PRIMARY KEY (entity_id, id)
);

-- Serves: GET /items, newest first
CREATE INDEX items_newest ON items (entity_id, event_sequence DESC);
