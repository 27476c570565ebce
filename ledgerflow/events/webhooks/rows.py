"""SQL of webhooks: their rows, what waits for each, who is sending it, and how each attempt went."""

# --- Webhooks: under the entity's lock ---

INSERT_WEBHOOK = """
    INSERT INTO webhooks_webhook (id, entity_id, url, event_types, description, status, disabled_reason, secret,
                                  previous_secret, previous_secret_expires_at, created_at, actor, revision)
    VALUES (%s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
UPDATE_WEBHOOK = """
    UPDATE webhooks_webhook
    SET url = %s, event_types = %s::jsonb, description = %s, status = %s, disabled_reason = %s, secret = %s,
        previous_secret = %s, previous_secret_expires_at = %s, revision = %s
    WHERE id = %s
"""
COUNT_WEBHOOKS = "SELECT count(*)::int FROM webhooks_webhook WHERE entity_id = %s AND status <> 'deleted'"
WEBHOOK = """
    SELECT id, url, event_types, description, status, disabled_reason, secret, previous_secret,
           previous_secret_expires_at, revision
    FROM webhooks_webhook WHERE entity_id = %s AND id = %s AND status <> 'deleted'
"""
# From the start of the schedule: the receiver is another one now, or is said to be well again.
TRY_NOW = """
    UPDATE webhooks_webhookdelivery SET next_attempt_at = %s, tried = 0
    WHERE id = (SELECT id FROM webhooks_webhookdelivery
                WHERE webhook_id = %s AND status IN ('waiting', 'failed') ORDER BY event_sequence LIMIT 1)
      AND status = 'waiting'
"""
DELIVERY = """
    SELECT event_sequence, event_type, status FROM webhooks_webhookdelivery WHERE webhook_id = %s AND id = %s
    FOR NO KEY UPDATE
"""
RESEND = """
    UPDATE webhooks_webhookdelivery
    SET status = 'waiting', tried = 0, next_attempt_at = %s, ended_at = NULL, reason = ''
    WHERE id = %s
"""
DISCARD = "UPDATE webhooks_webhookdelivery SET status = 'discarded', ended_at = %s, reason = %s WHERE id = %s"

# --- The consumer: in the transaction of its position ---

QUEUES = "SELECT webhook_id, is_open, event_types FROM webhooks_webhookqueue WHERE entity_id = %s"
SAVE_QUEUE = """
    INSERT INTO webhooks_webhookqueue (webhook_id, entity_id, is_open, event_types) VALUES (%s, %s, %s, %s::jsonb)
    ON CONFLICT (webhook_id) DO UPDATE SET is_open = EXCLUDED.is_open, event_types = EXCLUDED.event_types
"""
INSERT_DELIVERIES = """
    INSERT INTO webhooks_webhookdelivery (id, webhook_id, entity_id, event_sequence, event_id, event_type, status,
                                   next_attempt_at, queued_at)
    SELECT given.id, given.webhook_id, %s, given.sequence, given.event_id, given.type, 'waiting', now(), now()
    FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::uuid[], %s::text[])
         AS given (id, webhook_id, sequence, event_id, type)
    ON CONFLICT (webhook_id, event_sequence) DO NOTHING
"""

# --- The dispatcher ---

# Leases go by the database's clock, which is one for all machines; when an attempt is due, by the dispatcher's.
TAKE_LEASES = """
    WITH due AS (
        SELECT q.webhook_id
        FROM webhooks_webhookqueue q
        JOIN webhooks_webhook w ON w.id = q.webhook_id AND w.status = 'enabled'
        CROSS JOIN LATERAL (
            SELECT d.status, d.next_attempt_at FROM webhooks_webhookdelivery d
            WHERE d.webhook_id = q.webhook_id AND d.status IN ('waiting', 'failed')
            ORDER BY d.event_sequence LIMIT 1
        ) head
        WHERE head.status = 'waiting' AND head.next_attempt_at <= %(now)s
          AND (q.leased_until IS NULL OR q.leased_until < clock_timestamp())
          AND (%(entity)s::uuid IS NULL OR q.entity_id = %(entity)s)
        ORDER BY head.next_attempt_at LIMIT %(most)s
        FOR NO KEY UPDATE OF q SKIP LOCKED
    )
    UPDATE webhooks_webhookqueue q
    SET lease = q.lease + 1, leased_until = clock_timestamp() + make_interval(secs => %(seconds)s)
    FROM due WHERE q.webhook_id = due.webhook_id
    RETURNING q.webhook_id, q.lease
"""
RENEW_LEASES = """
    UPDATE webhooks_webhookqueue q SET leased_until = clock_timestamp() + make_interval(secs => %s)
    FROM unnest(%s::uuid[], %s::bigint[]) AS own (webhook_id, lease)
    WHERE q.webhook_id = own.webhook_id AND q.lease = own.lease
"""
RELEASE = "UPDATE webhooks_webhookqueue SET leased_until = NULL WHERE webhook_id = %s AND lease = %s"
LOCK_LEASE = "SELECT FROM webhooks_webhookqueue WHERE webhook_id = %s AND lease = %s FOR NO KEY UPDATE"
HEAD = """
    SELECT d.id, d.status, d.attempts, d.tried, d.next_attempt_at, e.id AS event_id, e.sequence, e.type, e.subject,
           e.data, e.actor AS event_actor, e.recorded_at, e.hash, b.code AS entity, w.entity_id, w.url, w.secret,
           w.previous_secret, w.previous_secret_expires_at
    FROM webhooks_webhookdelivery d
    JOIN webhooks_webhook w ON w.id = d.webhook_id AND w.status = 'enabled'
    JOIN books_entity b ON b.id = w.entity_id
    JOIN books_event e ON e.entity_id = w.entity_id AND e.sequence = d.event_sequence
    WHERE d.webhook_id = %s AND d.status IN ('waiting', 'failed')
    ORDER BY d.event_sequence LIMIT 1
"""
CLOSE_INTERRUPTED = """
    UPDATE webhooks_webhookattempt SET duration_ms = 0, error = 'interrupted'
    WHERE delivery_id = %s AND duration_ms IS NULL
"""
BEGIN_ATTEMPT = "INSERT INTO webhooks_webhookattempt (delivery_id, number, started_at) VALUES (%s, %s, %s)"
COUNT_ATTEMPT = """
    UPDATE webhooks_webhookdelivery SET attempts = %s, tried = %s, next_attempt_at = %s WHERE id = %s
"""
END_ATTEMPT = """
    UPDATE webhooks_webhookattempt
    SET duration_ms = %s, http_status = %s, error = %s, detail = %s, address = %s, response = %s
    WHERE delivery_id = %s AND number = %s
"""
# Only what still waits, as it was when the attempt began: an operator may have discarded or resent it meanwhile.
DELIVERED = """
    UPDATE webhooks_webhookdelivery SET status = 'delivered', ended_at = %s WHERE id = %s AND status = 'waiting'
"""
PUT_OFF = "UPDATE webhooks_webhookdelivery SET next_attempt_at = %s WHERE id = %s AND status = 'waiting' AND tried = %s"
GIVE_UP = """
    UPDATE webhooks_webhookdelivery SET status = 'failed', ended_at = %s
    WHERE id = %s AND status = 'waiting' AND tried = %s
"""

# --- Forgetting what ended long ago ---

# And what was never sent to a webhook that is deleted.
ENTITIES_WITH_OLD = """
    SELECT entity_id FROM webhooks_webhookdelivery WHERE status NOT IN ('waiting', 'failed') AND ended_at < %s
    UNION
    SELECT d.entity_id FROM webhooks_webhook w JOIN webhooks_webhookdelivery d ON d.webhook_id = w.id
    WHERE w.status = 'deleted' AND d.status IN ('waiting', 'failed')
"""
FORGET = """
    WITH old AS (
        SELECT id FROM webhooks_webhookdelivery
        WHERE entity_id = %(entity)s
          AND CASE WHEN status IN ('waiting', 'failed')
                   THEN webhook_id IN (SELECT id FROM webhooks_webhook
                                       WHERE entity_id = %(entity)s AND status = 'deleted')
                   ELSE ended_at < %(oldest)s END
        LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ), attempts AS (
        DELETE FROM webhooks_webhookattempt WHERE delivery_id IN (SELECT id FROM old)
    )
    DELETE FROM webhooks_webhookdelivery WHERE id IN (SELECT id FROM old)
"""
