-- Who proposes does not approve (nor reject: he withdraws), and nothing is approved after it expired. Proposals never
-- change, so what is read here without a lock is what they are; a missing one is left to the foreign key.
CREATE FUNCTION approvals_proposal_decision_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    proposal record;
BEGIN
    SELECT proposed_by, proposed_at, expires_at INTO proposal FROM approvals_proposal WHERE id = NEW.proposal_id;
    IF NEW.decision <> 'withdrawn' AND NEW.decided_by = proposal.proposed_by THEN
        RAISE EXCEPTION 'a proposal is approved or rejected by another person than the one who made it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_four_eyes';
    END IF;
    IF NEW.decision = 'withdrawn' AND NEW.decided_by <> proposal.proposed_by THEN
        RAISE EXCEPTION 'a proposal is withdrawn by the person who made it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_withdrawn_by_its_maker';
    END IF;
    IF NEW.decided_at < proposal.proposed_at
       OR (NEW.decision = 'approved' AND NEW.decided_at >= proposal.expires_at) THEN
        RAISE EXCEPTION 'a proposal is decided after it was made and approved before it expires'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_decided_in_time';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER proposal_decision_guard BEFORE INSERT ON approvals_proposaldecision
FOR EACH ROW EXECUTE FUNCTION approvals_proposal_decision_guard();
-- back --
DROP TRIGGER proposal_decision_guard ON approvals_proposaldecision;
DROP FUNCTION approvals_proposal_decision_guard();
