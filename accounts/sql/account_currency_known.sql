ALTER TABLE accounts_account ADD CONSTRAINT account_currency_known
    FOREIGN KEY (entity_id, currency) REFERENCES accounts_currency (entity_id, code);
-- back --
ALTER TABLE accounts_account DROP CONSTRAINT account_currency_known;
