CREATE TRIGGER idempotency_key_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON books_idempotencykey
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER idempotency_key_immutable ON books_idempotencykey;
