-- A status of a period is seen by whoever writes into the books after it, whatever his snapshot.
CREATE FUNCTION journals_status_calendar_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_move_calendar((SELECT entity_id FROM periods_period WHERE id = NEW.period_id));
    RETURN NULL;
END
$$;
CREATE TRIGGER status_calendar_guard AFTER INSERT ON periods_periodstatus
FOR EACH ROW EXECUTE FUNCTION journals_status_calendar_guard();
-- back --
DROP TRIGGER status_calendar_guard ON periods_periodstatus;
DROP FUNCTION journals_status_calendar_guard();
