-- The payload of a proposal that these two people have made and approved, NULL where there is none such: what takes two
-- people names both, and its guard asks here.
CREATE FUNCTION approvals_approved_payload(proposal uuid, entity uuid, kind text, proposer text, approver text)
RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT p.payload::jsonb
    FROM approvals_proposal p JOIN approvals_proposaldecision d ON d.proposal_id = p.id
    WHERE p.id = approvals_approved_payload.proposal AND p.entity_id = approvals_approved_payload.entity
      AND p.kind = approvals_approved_payload.kind AND d.decision = 'approved'
      AND p.proposed_by = approvals_approved_payload.proposer AND d.decided_by = approvals_approved_payload.approver
$$;
-- back --
DROP FUNCTION approvals_approved_payload(uuid, uuid, text, text, text);
