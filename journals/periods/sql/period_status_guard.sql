-- A status is justified by an event of its transaction; one that opens a closed period by a proposal that two
-- people have made and approved, and that was not used before.
CREATE FUNCTION periods_period_status_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    period record;
    before record;
BEGIN
    SELECT entity_id INTO period FROM periods_period WHERE id = NEW.period_id;
    SELECT s.status INTO before FROM periods_periodstatus s
    WHERE s.period_id = NEW.period_id AND s.number = NEW.number - 1;
    PERFORM FROM books_event e
    WHERE e.entity_id = period.entity_id AND e.sequence = NEW.event_sequence AND e.subject = NEW.period_id::text
      AND e.type = CASE WHEN NEW.status <> 'open' THEN 'period.' || NEW.status
                        WHEN before.status = 'closed' THEN 'period.reopened' ELSE 'period.unlocked' END
      AND (e.data::jsonb ->> 'number')::bigint = NEW.number AND books_is_ours(e.xmin);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no event of this transaction tells that a period is %', NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_status_has_event';
    END IF;
    IF before.status = 'closed' AND (
        (approvals_approved_payload(NEW.proposal_id, period.entity_id, 'period.reopen', NEW.actor, NEW.approved_by)
         ->> 'period' = NEW.period_id::text) IS NOT TRUE
        OR EXISTS (SELECT FROM periods_periodstatus o WHERE o.proposal_id = NEW.proposal_id AND o.id <> NEW.id))
    THEN
        RAISE EXCEPTION 'no proposal of two people opens this period again'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_reopening_has_proposal';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER period_status_guard AFTER INSERT ON periods_periodstatus
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION periods_period_status_guard();
-- back --
DROP TRIGGER period_status_guard ON periods_periodstatus;
DROP FUNCTION periods_period_status_guard();
