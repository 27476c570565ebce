CREATE TRIGGER functional_carried_line_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON functional_carriedline
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER functional_carried_line_immutable ON functional_carriedline;
