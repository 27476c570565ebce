-- A version of an application is drafted by its event, which holds its operations.
CREATE CONSTRAINT TRIGGER application_version_has_event AFTER INSERT ON credits_applicationversion
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^application[.]drafted$', 'event_sequence', 'code');
-- back --
DROP TRIGGER application_version_has_event ON credits_applicationversion;
