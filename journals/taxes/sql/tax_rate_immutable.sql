CREATE TRIGGER tax_rate_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON taxes_taxrate
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER tax_rate_immutable ON taxes_taxrate;
