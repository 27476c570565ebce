-- What was told of a wallet is told by its event.
CREATE CONSTRAINT TRIGGER credit_notice_has_event AFTER INSERT ON credits_notice
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^credits[.](low|expiring|expired)$', 'event_sequence', 'id');
-- back --
DROP TRIGGER credit_notice_has_event ON credits_notice;
