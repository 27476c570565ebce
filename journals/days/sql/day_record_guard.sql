-- What moves the lines of the days is justified by an event of its transaction, and a reopening by a proposal that
-- two people have made and approved, and that was not used before. A cut-off begins a run; a close ends it, after a
-- snapshot and a proof whose SHA-256 its event carries. Events and runs are written after the record, so they are
-- looked for at commit.
CREATE FUNCTION days_day_record_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    told record;
BEGIN
    SELECT e.data::jsonb AS fact INTO told FROM books_event e
    WHERE e.entity_id = NEW.entity_id AND e.sequence = NEW.event_sequence AND e.subject = NEW.day::text
      AND e.type = CASE NEW.action WHEN 'cut_off' THEN 'day.cut_off' WHEN 'close' THEN 'day.closed'
                                   WHEN 'cancel' THEN 'day.close_cancelled' WHEN 'reopen' THEN 'day.reopened' END
      AND books_is_ours(e.xmin);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no event of this transaction tells of a % of %', NEW.action, NEW.day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_has_event';
    END IF;
    IF NEW.action = 'cut_off' AND NOT EXISTS (
        SELECT FROM days_dayclose c
        WHERE c.entity_id = NEW.entity_id AND c.number = NEW.number AND c.day = NEW.day
          AND c.event_sequence = NEW.event_sequence AND c.id::text = told.fact ->> 'close')
    THEN
        RAISE EXCEPTION 'the cut-off of % begins no run', NEW.day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_cut_off_has_run';
    END IF;
    IF NEW.action = 'close' AND NOT EXISTS (
        SELECT FROM days_dayclose c
        JOIN days_dayclosestep taken ON taken.close_id = c.id AND taken.step = 'snapshot' AND taken.outcome = 'done'
        JOIN days_dayclosestep proven ON proven.close_id = c.id AND proven.step = 'proof' AND proven.outcome = 'done'
        WHERE c.entity_id = NEW.entity_id AND c.number = NEW.number - 1 AND c.day = NEW.day
          AND c.id::text = told.fact ->> 'close' AND proven.detail ->> 'sha256' = told.fact ->> 'sha256')
    THEN
        RAISE EXCEPTION '% closes without a snapshot and its proof', NEW.day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_close_has_snapshot';
    END IF;
    IF NEW.action = 'reopen' AND (
        ((approvals_approved_payload(NEW.proposal_id, NEW.entity_id, 'day.reopen', NEW.actor, NEW.approved_by)
          ->> 'day')::date <= NEW.day) IS NOT TRUE
        OR EXISTS (SELECT FROM days_daycutoff o WHERE o.proposal_id = NEW.proposal_id AND o.id <> NEW.id))
    THEN
        RAISE EXCEPTION 'no proposal of two people opens % again', NEW.day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_reopening_has_proposal';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER day_record_guard AFTER INSERT ON days_daycutoff
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION days_day_record_guard();
-- back --
DROP TRIGGER day_record_guard ON days_daycutoff;
DROP FUNCTION days_day_record_guard();
