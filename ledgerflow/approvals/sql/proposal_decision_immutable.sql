CREATE TRIGGER proposal_decision_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals_proposaldecision
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER proposal_decision_immutable ON approvals_proposaldecision;
