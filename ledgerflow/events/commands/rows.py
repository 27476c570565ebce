"""SQL of commands."""

from __future__ import annotations

# In the order of the arrays. Texts are sent in binary form: in the other one each quote of a payload is escaped.
# What is there already is left alone, also what another transaction is about to commit.
INSERT_COMMANDS = """
    INSERT INTO commands_command (id, entity_id, number, type, payload, key, fingerprint, actor, received_at, status,
                                  tries, error)
    SELECT n.id, n.entity_id, nextval('commands_command_number'), n.type, n.payload, n.key, n.fingerprint, n.actor,
           n.received_at, 'accepted', 0, ''
    FROM unnest(%s::uuid[], %s::uuid[], %b::text[], %b::text[], %b::text[], %b::bytea[], %b::text[],
                %b::timestamptz[]) WITH ORDINALITY
        AS n (id, entity_id, type, payload, key, fingerprint, actor, received_at, place)
    ORDER BY n.place
    ON CONFLICT (id) DO NOTHING
    RETURNING id
"""
# Keys that the books know for another request: one probe of an index for each, whatever the planner thinks.
USED_OTHERWISE = """
    SELECT n.id FROM (
        SELECT u.*, (SELECT k.fingerprint FROM books_idempotencykey k
                     WHERE k.entity_id = u.entity_id AND k.key = u.key AND k.issuer = 'client') AS used
        FROM unnest(%s::uuid[], %s::uuid[], %b::text[], %b::bytea[]) AS u (id, entity_id, key, fingerprint) OFFSET 0
    ) n
    WHERE n.used <> n.fingerprint
"""
KNOWN = "SELECT id, fingerprint, received_at FROM commands_command WHERE id = ANY (%s::uuid[])"
# From one entity to the next along the index, however many commands each has.
WAITING_ENTITIES = """
    WITH RECURSIVE waiting (entity_id) AS (
        (SELECT entity_id FROM commands_command WHERE status = 'accepted' ORDER BY entity_id LIMIT 1)
        UNION ALL
        SELECT (SELECT c.entity_id FROM commands_command c WHERE c.status = 'accepted' AND c.entity_id > w.entity_id
                ORDER BY c.entity_id LIMIT 1)
        FROM waiting w WHERE w.entity_id IS NOT NULL
    )
    SELECT entity_id FROM waiting WHERE entity_id IS NOT NULL
"""
DUE = """
    SELECT id, type, payload, key, fingerprint, actor FROM commands_command
    WHERE entity_id = %s AND status = 'accepted' AND (due_at IS NULL OR due_at <= clock_timestamp())
    ORDER BY number LIMIT %s
"""
STILL_ACCEPTED = "SELECT id FROM commands_command WHERE id = ANY (%s::uuid[]) AND status = 'accepted'"
END_COMMANDS = """
    UPDATE commands_command c
    SET status = n.status, result_sequence = n.result, error = n.error, event_sequence = n.sequence, finished_at = %s
    FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::text[], %s::bigint[])
        AS n (id, status, result, error, sequence)
    WHERE c.id = n.id AND c.status = 'accepted'
"""
NOTE_FAILED_TRY = """
    UPDATE commands_command
    SET tries = tries + 1, due_at = clock_timestamp() + %s * 5 ^ tries * interval '1 second'
    WHERE id = %s AND status = 'accepted' RETURNING tries
"""
POSTPONE = """
    UPDATE commands_command SET due_at = clock_timestamp() + %s * interval '1 second'
    WHERE id = %s AND status = 'accepted'
"""
COUNT_WAITING = "SELECT count(*) FROM (SELECT FROM commands_command WHERE status = 'accepted' LIMIT 1000000) accepted"
# Of each entity the first by its number, which the index gives.
OLDEST_SECONDS = """
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(first.received_at)), 0)::double precision
    FROM unnest(%s::uuid[]) AS e (entity_id) CROSS JOIN LATERAL (
        SELECT received_at FROM commands_command c
        WHERE c.entity_id = e.entity_id AND c.status = 'accepted' ORDER BY number LIMIT 1
    ) first
"""
CODES = "SELECT id, code FROM books_entity WHERE id = ANY (%s::uuid[])"
ENTITIES = "SELECT code, id FROM books_entity WHERE code = ANY (%s::text[])"
