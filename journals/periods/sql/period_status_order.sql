-- Statuses of a period are numbered without a gap, under the entity's lock. It closes only when all its days are closed,
-- and what is closed opens again only by two people with a reason.
CREATE FUNCTION periods_period_status_order() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    period record;
    last record;
BEGIN
    SELECT entity_id, ends_on INTO period FROM periods_period WHERE id = NEW.period_id;
    IF NOT FOUND THEN
        RETURN NEW;  -- the foreign key says it
    END IF;
    PERFORM books_lock_entities(ARRAY[period.entity_id]);
    SELECT number, status INTO last FROM periods_periodstatus
    WHERE period_id = NEW.period_id ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1 OR NEW.status = coalesce(last.status, 'open') THEN
        RAISE EXCEPTION 'a status of a period does not follow from the one before it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_status_in_order';
    END IF;
    IF NEW.status = 'closed' AND coalesce(days_closed_through(period.entity_id), '-infinity') < period.ends_on THEN
        RAISE EXCEPTION 'a period closes after all its days'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_days_closed';
    END IF;
    IF last.status = 'closed' AND (NEW.reason = '' OR NEW.approved_by = '' OR NEW.approved_by = NEW.actor) THEN
        RAISE EXCEPTION 'a closed period is reopened by two people with a reason'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_reopened_by_two';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER period_status_order BEFORE INSERT ON periods_periodstatus
FOR EACH ROW EXECUTE FUNCTION periods_period_status_order();
-- back --
DROP TRIGGER period_status_order ON periods_periodstatus;
DROP FUNCTION periods_period_status_order();
