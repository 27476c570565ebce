CREATE TRIGGER day_fence_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON days_dayfence
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER day_fence_immutable ON days_dayfence;
