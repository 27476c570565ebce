-- Years follow each other without a gap. The first one begins no later than income and expense do, because its year end
-- takes all that stands there; what is before it is declared closed. A special period is the last day of a year.
CREATE FUNCTION periods_period_follows_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    is_first boolean;
BEGIN
    PERFORM books_lock_entities(ARRAY[NEW.entity_id]);
    is_first := NOT EXISTS (
        SELECT FROM periods_period o
        WHERE o.entity_id = NEW.entity_id AND o.id <> NEW.id AND o.kind IN ('year', 'earlier'));
    IF NEW.kind IN ('year', 'earlier') AND NOT is_first AND NOT EXISTS (
        SELECT FROM periods_period o
        WHERE o.entity_id = NEW.entity_id AND o.kind IN ('year', 'earlier')
          AND (o.ends_on = NEW.starts_on - 1 OR o.starts_on = NEW.ends_on + 1))
    THEN
        RAISE EXCEPTION 'years follow each other without a gap, and % to % does not', NEW.starts_on, NEW.ends_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_follows';
    END IF;
    IF NEW.kind = 'year' AND is_first AND periods_first_result(NEW.entity_id) < NEW.starts_on THEN
        RAISE EXCEPTION 'there is income or expense before the first fiscal year, which begins on %', NEW.starts_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_after_first_journal';
    END IF;
    IF NEW.kind = 'special' AND NOT EXISTS (
        SELECT FROM periods_period o
        WHERE o.entity_id = NEW.entity_id AND o.ends_on = NEW.ends_on AND o.kind = 'year')
    THEN
        RAISE EXCEPTION 'a special period is the last day of a year, and no year ends on %', NEW.ends_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_special_of_year';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER period_follows_guard AFTER INSERT ON periods_period
FOR EACH ROW EXECUTE FUNCTION periods_period_follows_guard();
-- back --
DROP TRIGGER period_follows_guard ON periods_period;
DROP FUNCTION periods_period_follows_guard();
