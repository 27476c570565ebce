-- A new period is seen by whoever writes into the books after it, whatever his snapshot.
CREATE FUNCTION periods_period_calendar_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_move_calendar(NEW.entity_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER period_calendar_guard AFTER INSERT ON periods_period
FOR EACH ROW EXECUTE FUNCTION periods_period_calendar_guard();
-- back --
DROP TRIGGER period_calendar_guard ON periods_period;
DROP FUNCTION periods_period_calendar_guard();
