"""The SQL of checkpoints."""

from __future__ import annotations

LAST = """
    SELECT number, size, root FROM checkpoints_checkpoint WHERE entity_id = %s ORDER BY size DESC LIMIT 1
"""
# The last event of the checkpoint before comes first, so that a log that was rewritten is seen before it is signed.
EVENTS_FROM = """
    SELECT sequence, hash FROM books_event WHERE entity_id = %s AND sequence >= %s ORDER BY sequence LIMIT %s
"""
INSERT_CHECKPOINT = """
    INSERT INTO checkpoints_checkpoint (id, entity_id, number, size, root, note, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
COPY_TILES = "COPY checkpoints_tile (entity_id, level, first, hashes) FROM STDIN"
# Tiles never cross a multiple of 256: where the range begins, its tile does not begin before that.
TILES = """
    SELECT t.level, t.first, t.hashes
    FROM unnest(%(levels)s::smallint[], %(from)s::bigint[], %(to)s::bigint[]) r (level, from_place, to_place)
    JOIN checkpoints_tile t ON t.entity_id = %(entity)s AND t.level = r.level
        AND t.first >= r.from_place - r.from_place %% 256 AND t.first < r.to_place
    ORDER BY t.level, t.first
"""
# Enough events since the last checkpoint, or one that waits for long; or what has not gone to all places yet.
DUE = """
    SELECT e.id FROM books_entity e
    CROSS JOIN LATERAL (
        SELECT sequence FROM books_event WHERE entity_id = e.id ORDER BY sequence DESC LIMIT 1
    ) head
    LEFT JOIN LATERAL (
        SELECT number, size FROM checkpoints_checkpoint WHERE entity_id = e.id ORDER BY size DESC LIMIT 1
    ) last ON true
    LEFT JOIN books_event waiting ON waiting.entity_id = e.id AND waiting.sequence = coalesce(last.size, 0) + 1
    WHERE (%(entity)s::uuid IS NULL OR e.id = %(entity)s)
      AND (head.sequence - coalesce(last.size, 0) >= %(events)s
        OR waiting.recorded_at <= now() - make_interval(secs => %(seconds)s)
        OR EXISTS (
            SELECT FROM unnest(%(places)s::text[]) p (place)
            LEFT JOIN checkpoints_copyposition c ON c.entity_id = e.id AND c.place = p.place
            WHERE last.number > coalesce(c.number, 0)))
"""
SENT = "SELECT number FROM checkpoints_copyposition WHERE entity_id = %s AND place = %s"
UNSENT = """
    SELECT number, size, note FROM checkpoints_checkpoint WHERE entity_id = %s AND number > %s ORDER BY number LIMIT %s
"""
MOVE_POSITION = """
    INSERT INTO checkpoints_copyposition (entity_id, place, number) VALUES (%s, %s, %s)
    ON CONFLICT (entity_id, place) DO UPDATE SET number = excluded.number
"""
