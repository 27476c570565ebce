CREATE TRIGGER fx_quote_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON deals_fxquote
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER fx_quote_immutable ON deals_fxquote;
