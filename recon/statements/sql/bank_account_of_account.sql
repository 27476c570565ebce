-- A bank account stands for an account of its own entity, in its currency, that is no header, and mirrors such a one.
ALTER TABLE statements_bankaccount ADD CONSTRAINT bank_account_of_account
    FOREIGN KEY (account_id, entity_id, currency)
    REFERENCES accounts_account (id, entity_id, posting_currency),
    ADD CONSTRAINT bank_account_mirror FOREIGN KEY (mirror_id, entity_id, currency)
    REFERENCES accounts_account (id, entity_id, posting_currency);
-- back --
ALTER TABLE statements_bankaccount DROP CONSTRAINT bank_account_mirror, DROP CONSTRAINT bank_account_of_account;
