CREATE TRIGGER base_change_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON bases_basechange
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER base_change_immutable ON bases_basechange;
