-- Who may call, by events alone: for a process that reads the read models and has no books.
CREATE TABLE callers (
    id uuid PRIMARY KEY,
    entity_id uuid NOT NULL,
    digest text NOT NULL,
    scopes text[] NOT NULL,
    person text NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);
-- Serves: looking up the caller of a request
CREATE INDEX callers_by_digest ON callers (digest);
