-- Lines come before their journal and are of its entity. By the journal alone, a line that another session adds in the
-- books of its own entity would join this one at commit.
ALTER TABLE journals_posting ADD CONSTRAINT posting_of_journal
    FOREIGN KEY (journal_id, entity_id) REFERENCES journals_journal (id, entity_id)
    DEFERRABLE INITIALLY DEFERRED;
-- back --
ALTER TABLE journals_posting DROP CONSTRAINT posting_of_journal;
