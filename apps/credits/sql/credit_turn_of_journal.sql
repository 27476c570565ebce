-- What a turn was posted with is a journal of the same books.
ALTER TABLE credits_turn ADD CONSTRAINT credit_turn_of_journal
    FOREIGN KEY (journal_id, entity_id) REFERENCES journals_journal (id, entity_id)
    DEFERRABLE INITIALLY DEFERRED;
-- back --
ALTER TABLE credits_turn DROP CONSTRAINT credit_turn_of_journal;
