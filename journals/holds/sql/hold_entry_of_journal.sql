-- A capture is posted in the books of its hold.
ALTER TABLE holds_holdentry ADD CONSTRAINT hold_entry_of_journal
    FOREIGN KEY (journal_id, entity_id) REFERENCES journals_journal (id, entity_id)
    DEFERRABLE INITIALLY DEFERRED;
-- back --
ALTER TABLE holds_holdentry DROP CONSTRAINT hold_entry_of_journal;
