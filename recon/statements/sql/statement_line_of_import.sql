-- Lines come with their statement and are undone with it: a change of it in the same transaction makes its own guard
-- count them at commit. Whoever had it count them before (SET CONSTRAINTS … IMMEDIATE) adds none and undoes none
-- afterwards. Once for a statement of SQL and not for each row: a file has up to 200,000.
CREATE FUNCTION statements_statement_line_of_import() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT n.statement_id FROM new_rows n WHERE n.part = 0
                            AND (TG_OP = 'INSERT' OR n.is_undone)) changed
               JOIN statements_statement s ON s.id = changed.statement_id
               WHERE NOT books_is_ours(s.xmin) OR (TG_OP = 'UPDATE' AND s.status <> 'undone')
                  OR (TG_OP = 'INSERT' AND s.line_count - s.seen_count < (
                      SELECT count(*) FROM statements_statementline l WHERE l.statement_id = s.id AND l.part = 0)))
    THEN
        RAISE EXCEPTION 'a line comes with its statement and is undone with it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_line_with_statement';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER statement_line_of_import AFTER INSERT ON statements_statementline
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION statements_statement_line_of_import();
CREATE TRIGGER statement_line_undone_by_import AFTER UPDATE ON statements_statementline
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION statements_statement_line_of_import();
-- back --
DROP TRIGGER statement_line_undone_by_import ON statements_statementline;
DROP TRIGGER statement_line_of_import ON statements_statementline;
DROP FUNCTION statements_statement_line_of_import();
