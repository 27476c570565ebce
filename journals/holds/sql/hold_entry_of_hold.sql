-- An entry is of a hold that is there, on its account and in its entity.
ALTER TABLE holds_holdentry ADD CONSTRAINT hold_entry_of_hold
    FOREIGN KEY (hold_id, account_id, entity_id) REFERENCES holds_hold (id, account_id, entity_id);
-- back --
ALTER TABLE holds_holdentry DROP CONSTRAINT hold_entry_of_hold;
