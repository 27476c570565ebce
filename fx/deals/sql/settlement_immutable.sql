CREATE TRIGGER fx_settlement_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON deals_settlement
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER fx_settlement_immutable ON deals_settlement;
