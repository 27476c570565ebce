CREATE TRIGGER proposal_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals_proposal
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER proposal_immutable ON approvals_proposal;
