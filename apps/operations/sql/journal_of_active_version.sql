-- A journal of a template is of the version that is active when it is posted. What was made of a version while it was
-- active, and comes after another one took its place or none did, is refused: nobody has approved it any more.
-- The version stands in the event, behind the name of the template: members are sorted, and a quote within a text has a
-- backslash before it. That is cheaper to find than to read all of the event's JSON.
-- Journals of no template, which are most, do not come here. The first of a statement looks at all of them together.
CREATE FUNCTION operations_journal_of_active_version() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    fault record;
BEGIN
    IF NEW.id <> (SELECT n.id FROM new_rows n WHERE n.template IS NOT NULL LIMIT 1) THEN
        RETURN NULL;
    END IF;
    SELECT n.number, n.template INTO fault
    FROM new_rows n LEFT JOIN LATERAL (
        SELECT s.status, format('"template":"%s","template_version":%s', n.template, s.number) AS members FROM operations_templatestep s
        WHERE s.entity_id = n.entity_id AND s.code = n.template ORDER BY s.event_sequence DESC LIMIT 1
    ) s ON true
    LEFT JOIN LATERAL (
        SELECT e.data FROM books_event e WHERE e.entity_id = n.entity_id AND e.sequence = n.event_sequence LIMIT 1
    ) e ON true
    WHERE n.template IS NOT NULL AND (
        s.status = 'active' AND (strpos(e.data, s.members || '}') > 0 OR strpos(e.data, s.members || ',') > 0)
    ) IS NOT TRUE
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'journal % is not of the active version of %', fault.number, fault.template
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_of_active_version';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_of_active_version AFTER INSERT ON journals_journal
REFERENCING NEW TABLE AS new_rows
FOR EACH ROW WHEN (NEW.template IS NOT NULL) EXECUTE FUNCTION operations_journal_of_active_version();
-- back --
DROP TRIGGER journal_of_active_version ON journals_journal;
DROP FUNCTION operations_journal_of_active_version();
