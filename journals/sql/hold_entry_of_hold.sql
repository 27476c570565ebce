-- An entry is of a hold that is there, on its account and in its entity.
ALTER TABLE journals_holdentry ADD CONSTRAINT hold_entry_of_hold
    FOREIGN KEY (hold_id, account_id, entity_id) REFERENCES journals_hold (id, account_id, entity_id);
-- back --
ALTER TABLE journals_holdentry DROP CONSTRAINT hold_entry_of_hold;
