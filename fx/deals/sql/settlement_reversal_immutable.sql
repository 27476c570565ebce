CREATE TRIGGER fx_settlement_reversal_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON deals_settlementreversal
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER fx_settlement_reversal_immutable ON deals_settlementreversal;
