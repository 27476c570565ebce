CREATE TRIGGER proof_run_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON proof_proofrun
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER proof_run_immutable ON proof_proofrun;
