-- A lot is on an account of its own entity, in its currency, that is no header.
ALTER TABLE lots_lot ADD CONSTRAINT lot_account_of_entity
    FOREIGN KEY (account_id, entity_id, currency)
    REFERENCES accounts_account (id, entity_id, posting_currency);
-- back --
ALTER TABLE lots_lot DROP CONSTRAINT lot_account_of_entity;
