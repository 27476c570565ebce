-- That a reconciliation was finished is told by its event, with the hash of what was kept.
CREATE CONSTRAINT TRIGGER recon_run_has_event AFTER INSERT ON recon_reports_reconrun
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^reconciliation[.]', 'event_sequence', 'id');
-- back --
DROP TRIGGER recon_run_has_event ON recon_reports_reconrun;
