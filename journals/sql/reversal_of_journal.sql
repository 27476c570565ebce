-- A reversal is in the books of what it reverses.
ALTER TABLE journals_journal ADD CONSTRAINT reversal_of_journal
    FOREIGN KEY (reverses_id, entity_id) REFERENCES journals_journal (id, entity_id)
    DEFERRABLE INITIALLY DEFERRED;
-- back --
ALTER TABLE journals_journal DROP CONSTRAINT reversal_of_journal;
