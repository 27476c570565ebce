-- A run belongs to a cut-off, with which it begins.
CREATE FUNCTION days_day_run_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM days_daycutoff f
                   WHERE f.entity_id = NEW.entity_id AND f.number = NEW.number AND f.action = 'cut_off'
                     AND f.day = NEW.day AND f.event_sequence = NEW.event_sequence)
    THEN
        RAISE EXCEPTION 'the run of % belongs to no cut-off', NEW.day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_run_has_cut_off';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER day_run_guard AFTER INSERT ON days_dayclose
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION days_day_run_guard();
-- back --
DROP TRIGGER day_run_guard ON days_dayclose;
DROP FUNCTION days_day_run_guard();
