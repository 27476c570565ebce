CREATE TRIGGER journal_kind_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON journals_journalkind
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER journal_kind_immutable ON journals_journalkind;
