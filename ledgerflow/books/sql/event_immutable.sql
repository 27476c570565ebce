CREATE TRIGGER event_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON books_event
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER event_immutable ON books_event;
