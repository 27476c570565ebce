CREATE TRIGGER template_step_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON operations_templatestep
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER template_step_immutable ON operations_templatestep;
