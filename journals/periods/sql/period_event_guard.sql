-- A period is made with its year, or declared for all years before the calendar, by an event of the same transaction,
-- all of whose events carry the last moment of the log.
CREATE FUNCTION periods_period_event_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM books_event e
        WHERE e.entity_id = NEW.entity_id
          AND e.type = CASE NEW.kind WHEN 'earlier' THEN 'period.earlier_years_closed' ELSE 'period.year_made' END
          AND e.recorded_at = (SELECT l.recorded_at FROM books_event l WHERE l.entity_id = NEW.entity_id
                               ORDER BY l.sequence DESC LIMIT 1)
          AND coalesce(e.data::jsonb -> 'periods', jsonb_build_array(e.data::jsonb)) @> jsonb_build_array(jsonb_build_object(
              'id', NEW.id, 'kind', NEW.kind, 'name', NEW.name, 'starts_on', NEW.starts_on, 'ends_on', NEW.ends_on))
          AND books_is_ours(e.xmin))
    THEN
        RAISE EXCEPTION 'no event tells of a period from % to %', NEW.starts_on, NEW.ends_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_has_event';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER period_event_guard AFTER INSERT ON periods_period
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION periods_period_event_guard();
-- back --
DROP TRIGGER period_event_guard ON periods_period;
DROP FUNCTION periods_period_event_guard();
