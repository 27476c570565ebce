CREATE TRIGGER posting_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON journals_posting
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER posting_immutable ON journals_posting;
