CREATE TRIGGER template_version_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON operations_templateversion
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER template_version_immutable ON operations_templateversion;
