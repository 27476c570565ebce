-- A statement is of a bank account of its own entity, in its currency.
ALTER TABLE statements_statement ADD CONSTRAINT statement_of_bank_account
    FOREIGN KEY (bank_account_id, entity_id, currency)
    REFERENCES statements_bankaccount (id, entity_id, currency);
-- back --
ALTER TABLE statements_statement DROP CONSTRAINT statement_of_bank_account;
