-- A version becomes active, or is retired, by its event.
CREATE CONSTRAINT TRIGGER template_step_has_event AFTER INSERT ON operations_templatestep
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^template[.](activated|retired)$', 'event_sequence', 'code');
-- back --
DROP TRIGGER template_step_has_event ON operations_templatestep;
