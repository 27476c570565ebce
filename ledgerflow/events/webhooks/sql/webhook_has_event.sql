-- A webhook is what its last event says: where events are sent decides who sees the books.
CREATE CONSTRAINT TRIGGER webhook_has_event AFTER INSERT OR UPDATE ON webhooks_webhook
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^webhook[.]', 'revision', 'id');
-- back --
DROP TRIGGER webhook_has_event ON webhooks_webhook;
