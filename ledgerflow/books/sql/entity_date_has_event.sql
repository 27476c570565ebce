-- The business date moves by an event of the same transaction, all of whose events carry the last moment of the
-- log.
CREATE FUNCTION books_entity_date_has_event() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM books_event e
        WHERE e.entity_id = NEW.id AND e.type = 'business_date.advanced'
          AND e.recorded_at = (SELECT l.recorded_at FROM books_event l WHERE l.entity_id = NEW.id
                               ORDER BY l.sequence DESC LIMIT 1)
          AND e.data::jsonb ->> 'to' = NEW.business_date::text AND books_is_ours(e.xmin))
    THEN
        RAISE EXCEPTION 'no event tells that the business date has moved to %', NEW.business_date
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entity_date_has_event';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER entity_date_has_event AFTER UPDATE OF business_date ON books_entity
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.business_date <> OLD.business_date) EXECUTE FUNCTION books_entity_date_has_event();
-- back --
DROP TRIGGER entity_date_has_event ON books_entity;
DROP FUNCTION books_entity_date_has_event();
