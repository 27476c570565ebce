-- A close measures while it is under way, once: later it would change what a closed day is worth.
CREATE FUNCTION functional_measure_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM days_dayclose c
        WHERE c.entity_id = NEW.entity_id AND c.day = NEW.day AND c.number = NEW.number
          AND c.number = (SELECT max(f.number) FROM days_daycutoff f WHERE f.entity_id = NEW.entity_id))
    THEN
        RAISE EXCEPTION 'base amounts are measured in the close that is under way'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'functional_measure_of_its_close';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER functional_measure_guard BEFORE INSERT ON functional_basemeasure
FOR EACH ROW EXECUTE FUNCTION functional_measure_guard();
-- back --
DROP TRIGGER functional_measure_guard ON functional_basemeasure;
DROP FUNCTION functional_measure_guard();
