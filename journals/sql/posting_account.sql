-- A line names an account of its own entity, in the account's currency, that is not a header.
ALTER TABLE journals_posting ADD CONSTRAINT posting_account
    FOREIGN KEY (entity_id, account_id, currency)
    REFERENCES accounts_account (entity_id, id, posting_currency);
-- back --
ALTER TABLE journals_posting DROP CONSTRAINT posting_account;
