"""SQL of the API keys, and of the count of tries to sign in."""

INSERT_KEY = """
    INSERT INTO access_apikey (id, entity_id, name, prefix, digest, scopes, created_at, created_by, person, person_name,
                               application, expires_at)
    VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s)
"""
REVOKE_KEY = "UPDATE access_apikey SET revoked_at = %s WHERE id = %s AND revoked_at IS NULL RETURNING name"
# Skips a row somebody holds: noting the use of a key must never make a request wait.
NOTE_USE = """
    UPDATE access_apikey SET last_used_at = %s
    WHERE id = (SELECT id FROM access_apikey WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)
"""
# Each creation beside its key, with the revocation there is. A moment that Python cannot hold (infinity) is read as
# the last or the first that it can.
KEYS = """
    SELECT e.sequence, e.subject, e.data, e.actor, e.recorded_at, r.recorded_at,
           k.id, k.entity_id, k.name, k.prefix, k.digest, k.scopes,
           CASE WHEN k.created_at IS NOT NULL THEN greatest(least(k.created_at, %(last)s), %(first)s) END,
           k.created_by, k.person, k.person_name, k.application,
           CASE WHEN k.expires_at IS NOT NULL THEN greatest(least(k.expires_at, %(last)s), %(first)s) END,
           CASE WHEN k.revoked_at IS NOT NULL THEN greatest(least(k.revoked_at, %(last)s), %(first)s) END
    FROM (SELECT * FROM books_event WHERE entity_id = %(entity)s AND type = 'api_key.created') e
    FULL JOIN (SELECT * FROM access_apikey k
               WHERE entity_id = %(entity)s OR id::text IN (
                   SELECT subject FROM books_event WHERE entity_id = %(entity)s AND type = 'api_key.created')) k
        ON k.id::text = e.subject
    LEFT JOIN LATERAL (SELECT min(recorded_at) AS recorded_at FROM books_event
                       WHERE entity_id = %(entity)s AND type = 'api_key.revoked' AND subject = e.subject) r ON true
    ORDER BY e.sequence, k.id
"""
# In one order, so that two tries at once cannot wait for each other in a circle.
COUNT_TRY = """
    INSERT INTO access_logincount AS c (digest, tries, began_at)
    SELECT given.digest, 1, clock_timestamp() FROM unnest(%(digests)s::text[]) AS given (digest) ORDER BY given.digest
    ON CONFLICT (digest) DO UPDATE SET
        tries = CASE WHEN c.began_at < clock_timestamp() - %(window)s::interval THEN 1
                     ELSE least(c.tries, 1000000) + 1 END,
        began_at = CASE WHEN c.began_at < clock_timestamp() - %(window)s::interval THEN clock_timestamp()
                        ELSE c.began_at END
    RETURNING digest, tries, ceil(extract(epoch FROM began_at + %(window)s::interval - clock_timestamp()))::integer
"""
FORGET_OLD_TRIES = """
    DELETE FROM access_logincount WHERE digest IN (
        SELECT digest FROM access_logincount WHERE began_at < clock_timestamp() - %(window)s::interval
        LIMIT 100 FOR UPDATE SKIP LOCKED)
"""
GIVE_BACK_TRY = "UPDATE access_logincount SET tries = greatest(tries - 1, 0) WHERE digest = %s"
FORGET_TRIES = "DELETE FROM access_logincount WHERE digest = %s"
