-- A file is attached by the event of its journal, or by one of its own later.
CREATE CONSTRAINT TRIGGER attachment_has_event AFTER INSERT ON attachments_attachment
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^journal[.](posted|attached)$', 'event_sequence', 'journal_id');
-- back --
DROP TRIGGER attachment_has_event ON attachments_attachment;
