-- A decision has its event, in the books of its proposal.
CREATE FUNCTION approvals_proposal_decision_has_event() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM approvals_proposal p JOIN books_event e ON e.entity_id = p.entity_id
        WHERE p.id = NEW.proposal_id AND e.sequence = NEW.event_sequence AND e.type = 'proposal.' || NEW.decision
          AND e.subject = p.id::text AND books_is_ours(e.xmin))
    THEN
        RAISE EXCEPTION 'no event tells that a proposal was %', NEW.decision
            USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_decision_has_event';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER proposal_decision_has_event AFTER INSERT ON approvals_proposaldecision
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION approvals_proposal_decision_has_event();
-- back --
DROP TRIGGER proposal_decision_has_event ON approvals_proposaldecision;
DROP FUNCTION approvals_proposal_decision_has_event();
