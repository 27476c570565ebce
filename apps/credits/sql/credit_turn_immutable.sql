CREATE TRIGGER credit_turn_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON credits_turn
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER credit_turn_immutable ON credits_turn;
