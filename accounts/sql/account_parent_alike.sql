-- A parent is in the same entity and of the same type.
ALTER TABLE accounts_account ADD CONSTRAINT account_parent_alike
    FOREIGN KEY (entity_id, parent_id, type) REFERENCES accounts_account (entity_id, id, type);
-- back --
ALTER TABLE accounts_account DROP CONSTRAINT account_parent_alike;
