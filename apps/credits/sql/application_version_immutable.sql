CREATE TRIGGER application_version_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON credits_applicationversion
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER application_version_immutable ON credits_applicationversion;
