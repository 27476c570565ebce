-- A cut-off, close, cancellation or reopening is seen by whoever writes into the books after it, whatever his snapshot.
CREATE FUNCTION journals_day_calendar_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_move_calendar(NEW.entity_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER day_calendar_guard AFTER INSERT ON days_daycutoff
FOR EACH ROW EXECUTE FUNCTION journals_day_calendar_guard();
-- back --
DROP TRIGGER day_calendar_guard ON days_daycutoff;
DROP FUNCTION journals_day_calendar_guard();
