-- What paid for it is a journal of the same books.
ALTER TABLE content_piece ADD CONSTRAINT content_piece_of_journal
    FOREIGN KEY (journal_id, entity_id) REFERENCES journals_journal (id, entity_id)
    DEFERRABLE INITIALLY DEFERRED;
-- back --
ALTER TABLE content_piece DROP CONSTRAINT content_piece_of_journal;
