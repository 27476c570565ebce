-- A hold is on an account of its own entity, in its currency, that is no header.
ALTER TABLE holds_hold ADD CONSTRAINT hold_account_of_entity
    FOREIGN KEY (account_id, entity_id, currency)
    REFERENCES accounts_account (id, entity_id, posting_currency);
-- back --
ALTER TABLE holds_hold DROP CONSTRAINT hold_account_of_entity;
