-- A match is made and taken back by its events. The events of new matches are written before them, so that one look at
-- all of them is enough: a run writes hundreds at a time.
CREATE FUNCTION matching_match_has_event() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- By its transaction once for all of them, because that costs more than to find the event.
    IF EXISTS (SELECT FROM (
        SELECT DISTINCT (SELECT CASE WHEN e.type = 'match.confirmed' AND e.subject = n.id::text THEN e.xmin END
                         FROM books_event e
                         WHERE e.entity_id = n.entity_id AND e.sequence = n.event_sequence) AS written_by
        FROM new_matches n
    ) told WHERE books_is_ours(told.written_by) IS NOT TRUE) THEN
        RAISE EXCEPTION 'no event of this transaction tells of a match'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'match_has_event';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER match_has_event AFTER INSERT ON matching_match
REFERENCING NEW TABLE AS new_matches FOR EACH STATEMENT EXECUTE FUNCTION matching_match_has_event();
CREATE CONSTRAINT TRIGGER match_end_has_event AFTER UPDATE ON matching_match
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^match[.]unmatched$', 'changed_sequence', 'id');
-- back --
DROP TRIGGER match_end_has_event ON matching_match;
DROP TRIGGER match_has_event ON matching_match;
DROP FUNCTION matching_match_has_event();
