-- An exception is of a bank account of its own entity, and its line is of that bank account.
ALTER TABLE cases_reconexception ADD CONSTRAINT recon_exception_of_bank_account
    FOREIGN KEY (bank_account_id, entity_id) REFERENCES statements_bankaccount (id, entity_id);
ALTER TABLE cases_reconexception ADD CONSTRAINT recon_exception_of_bank_line
    FOREIGN KEY (line_id, bank_account_id) REFERENCES statements_statementline (id, bank_account_id);
ALTER TABLE cases_reconexception ADD CONSTRAINT recon_exception_of_statement
    FOREIGN KEY (statement_id) REFERENCES statements_statement (id);
-- back --
ALTER TABLE cases_reconexception DROP CONSTRAINT recon_exception_of_statement;
ALTER TABLE cases_reconexception DROP CONSTRAINT recon_exception_of_bank_line;
ALTER TABLE cases_reconexception DROP CONSTRAINT recon_exception_of_bank_account;
