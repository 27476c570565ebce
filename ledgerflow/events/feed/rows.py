"""The SQL of the change feed: it reads the log and writes nothing."""

from __future__ import annotations

HEAD = "SELECT coalesce(max(sequence), 0) FROM books_event WHERE entity_id = %s"

HEADS = """
    SELECT watched.id, (SELECT max(sequence) FROM books_event WHERE entity_id = watched.id)
    FROM unnest(%s::uuid[]) AS watched (id)
"""

# A page ends before the event that would be the first beyond its bytes, so it always has one. What is left of
# `bytes_through` in the last row says whether it ended for that reason.
PAGE = """
    SELECT sequence, id::text, type, subject, data, actor, recorded_at, encode(hash, 'hex'), bytes_through
    FROM (
        SELECT *, sum(octet_length(data)) OVER (ORDER BY sequence ROWS UNBOUNDED PRECEDING) AS bytes_through
        FROM (
            SELECT sequence, id, type, subject, data, actor, recorded_at, hash FROM books_event
            WHERE entity_id = %(entity)s AND sequence > %(after)s AND sequence <= %(through)s
                AND type <> ALL (%(hidden)s::text[])
                AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s))
                AND (%(subject)s::text IS NULL OR subject = %(subject)s)
            ORDER BY sequence LIMIT %(limit)s
        ) AS page
    ) AS summed
    WHERE bytes_through - octet_length(data) < %(bytes)s ORDER BY sequence
"""
