CREATE TRIGGER day_fence_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON journals_dayfence
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER day_fence_immutable ON journals_dayfence;
