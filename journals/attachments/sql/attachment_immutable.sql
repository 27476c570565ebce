CREATE TRIGGER attachment_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON attachments_attachment
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER attachment_immutable ON attachments_attachment;
