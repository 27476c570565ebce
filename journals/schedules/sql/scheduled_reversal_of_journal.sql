-- What is reversed by its date is a journal of the same books. It is written by COPY in the same transaction, so the key
-- is looked at when that commits.
ALTER TABLE schedules_scheduledreversal ADD CONSTRAINT scheduled_reversal_of_journal
    FOREIGN KEY (journal_id, entity_id) REFERENCES journals_journal (id, entity_id)
    DEFERRABLE INITIALLY DEFERRED;
-- back --
ALTER TABLE schedules_scheduledreversal DROP CONSTRAINT scheduled_reversal_of_journal;
