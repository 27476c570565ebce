CREATE TRIGGER recon_run_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON recon_reports_reconrun
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER recon_run_immutable ON recon_reports_reconrun;
