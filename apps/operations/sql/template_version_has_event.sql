-- A version is drafted by its event, which holds its definition.
CREATE CONSTRAINT TRIGGER template_version_has_event AFTER INSERT ON operations_templateversion
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^template[.]drafted$', 'event_sequence', 'code');
-- back --
DROP TRIGGER template_version_has_event ON operations_templateversion;
