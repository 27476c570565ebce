-- A reconciliation is of a bank account of its own entity.
ALTER TABLE recon_reports_reconrun ADD CONSTRAINT recon_run_of_bank_account
    FOREIGN KEY (bank_account_id, entity_id) REFERENCES statements_bankaccount (id, entity_id);
-- back --
ALTER TABLE recon_reports_reconrun DROP CONSTRAINT recon_run_of_bank_account;
