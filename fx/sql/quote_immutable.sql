CREATE TRIGGER fx_quote_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON fx_fxquote
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER fx_quote_immutable ON fx_fxquote;
