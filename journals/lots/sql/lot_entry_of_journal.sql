-- A lot is moved by a journal of its own books.
ALTER TABLE lots_lotentry ADD CONSTRAINT lot_entry_of_journal
    FOREIGN KEY (journal_id, entity_id) REFERENCES journals_journal (id, entity_id)
    DEFERRABLE INITIALLY DEFERRED;
-- back --
ALTER TABLE lots_lotentry DROP CONSTRAINT lot_entry_of_journal;
