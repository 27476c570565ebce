-- A version of an application becomes active, or is retired, by its event.
CREATE CONSTRAINT TRIGGER application_step_has_event AFTER INSERT ON credits_applicationstep
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^application[.](activated|retired)$', 'event_sequence', 'code');
-- back --
DROP TRIGGER application_step_has_event ON credits_applicationstep;
