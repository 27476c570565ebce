-- A template is made, paused and ended by its events. Its next due date moves with what is posted, and the rest
-- is out of the application's reach.
CREATE CONSTRAINT TRIGGER recurring_has_event AFTER INSERT OR UPDATE OF status, revision ON schedules_recurringjournal
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^recurring[.](created|changed|ended)$', 'revision', 'id');
-- back --
DROP TRIGGER recurring_has_event ON schedules_recurringjournal;
