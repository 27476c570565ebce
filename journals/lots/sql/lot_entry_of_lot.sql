-- An entry is of a lot that is there, on its account and in its entity.
ALTER TABLE lots_lotentry ADD CONSTRAINT lot_entry_of_lot
    FOREIGN KEY (lot_id, account_id, entity_id) REFERENCES lots_lot (id, account_id, entity_id);
-- back --
ALTER TABLE lots_lotentry DROP CONSTRAINT lot_entry_of_lot;
