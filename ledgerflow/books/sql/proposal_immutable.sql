CREATE TRIGGER proposal_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON books_proposal
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER proposal_immutable ON books_proposal;
