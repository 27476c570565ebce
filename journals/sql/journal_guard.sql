-- A journal has lines, they sum to zero in every currency and carry its entity, date and event; its number goes
-- on without a gap; its date is open for its layer.
-- Its event is there before it and names it, so that no journal is in the books that the log does not tell of, and so is
-- the key that its event names; its kind is one that a room declares.
-- What its rows and those of its lines can hold at all is looked at here and in no CHECK, because a CHECK is made ready
-- anew for each statement.
-- Into a day that is closing only the close's own journals go; into a closed one nothing does. Adjustments obey every
-- period that ends on their day, closing entries the year alone: its last month may be closed before it.
CREATE FUNCTION journals_journal_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    fault record;
    run record;
    line record;
BEGIN
    PERFORM books_lock_entities(array_agg(DISTINCT entity_id)) FROM new_rows HAVING count(*) > 0;

    -- LATERAL, because a plain join is planned as a hash over all postings while the tables are young.
    SELECT n.number, coalesce(l.lines, 0) AS lines, l.currency, l.total, l.beyond INTO fault
    FROM new_rows n LEFT JOIN LATERAL (
        SELECT p.currency, count(*) AS lines, sum(p.amount) AS total,
               bool_or(p.entity_id <> n.entity_id OR p.effective_date <> n.effective_date
                       OR p.event_sequence <> n.event_sequence) AS strays,
               bool_or(p.account_version < 1 OR p.balance_after <= -1e45 OR p.balance_after >= 1e45) AS beyond
        FROM journals_posting p WHERE p.journal_id = n.id GROUP BY p.currency
    ) l ON true
    WHERE l.lines IS NULL OR l.total <> 0 OR l.strays OR l.beyond
    LIMIT 1;
    IF FOUND THEN
        IF fault.lines = 0 THEN
            RAISE EXCEPTION 'journal % has no lines', fault.number
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_has_lines';
        ELSIF fault.total <> 0 THEN
            RAISE EXCEPTION 'journal % does not balance in %: %', fault.number, fault.currency, fault.total
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_balances';
        ELSIF fault.beyond THEN
            RAISE EXCEPTION 'a line of journal % has a version below 1 or a balance beyond all numbers', fault.number
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journals_posting_bounds';
        END IF;
        RAISE EXCEPTION 'journal % has a line of another entity, date or event', fault.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_lines_agree';
    END IF;

    -- The key is taken from the text of the event, which is cheaper than reading all of its JSON; one that is written with
    -- a backslash there is read as JSON.
    SELECT n.number, n.event_sequence, e.type IS NOT NULL AS has_event INTO fault
    FROM new_rows n LEFT JOIN LATERAL (
        SELECT e.type, e.data, split_part(split_part(e.data, '"idempotency_key":"', 2), '"', 1) AS key
        FROM books_event e
        WHERE e.entity_id = n.entity_id AND e.sequence = n.event_sequence AND e.type = 'journal.posted'
          AND e.subject = n.id::text AND e.recorded_at = n.recorded_at LIMIT 1
    ) e ON true
    LEFT JOIN LATERAL (
        SELECT k.event_sequence FROM books_idempotencykey k
        WHERE k.entity_id = n.entity_id AND k.event_sequence = n.event_sequence
          AND k.key = CASE WHEN strpos(e.key, '\') = 0 THEN e.key ELSE e.data::jsonb ->> 'idempotency_key' END LIMIT 1
    ) k ON true
    WHERE k.event_sequence IS NULL
    LIMIT 1;
    IF FOUND AND fault.has_event THEN
        RAISE EXCEPTION 'the key that event % names is not there for journal %', fault.event_sequence, fault.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_has_key';
    ELSIF FOUND THEN
        RAISE EXCEPTION 'event % does not say that journal % was posted then', fault.event_sequence, fault.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_has_event';
    END IF;

    FOR run IN
        SELECT n.entity_id, min(n.number) AS lowest, max(n.number) AS highest, count(*) AS rows,
               min(n.effective_date) FILTER (WHERE n.layer = 'ordinary') AS first_day,
               min(n.effective_date) FILTER (WHERE n.layer = 'ordinary' AND NOT k.into_closing_day) AS first_plain,
               min(n.kind) FILTER (WHERE k.name IS NULL) AS unknown_kind,
               bool_or(n.effective_date < '1900-01-01' OR n.original_date < '1900-01-01'
                       OR n.original_date > '2999-12-31') AS beyond,
               max(n.effective_date) AS last_day,  -- of any layer: nothing counts tomorrow's money
               bool_or(n.layer <> 'ordinary') AS has_other_layers
        FROM new_rows n LEFT JOIN journals_journalkind k ON k.name = n.kind GROUP BY n.entity_id
    LOOP
        IF run.beyond THEN
            RAISE EXCEPTION 'a journal is dated in the years 1900 to 2999'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journals_journal_bounds';
        END IF;
        IF run.unknown_kind IS NOT NULL THEN
            RAISE EXCEPTION 'there is no kind of journals %', run.unknown_kind
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_kind_known';
        END IF;
        IF run.lowest <> 1 + coalesce((SELECT max(number) FROM journals_journal
                                       WHERE entity_id = run.entity_id AND number < run.lowest), 0)
           OR run.highest - run.lowest + 1 <> run.rows THEN
            RAISE EXCEPTION 'journal numbers must go on without a gap'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_gap_free';
        END IF;
        SELECT f.closed_through, f.ordinary_through INTO line FROM days_daycutoff f
        WHERE f.entity_id = run.entity_id ORDER BY f.number DESC LIMIT 1;
        IF run.first_day <= line.closed_through THEN
            RAISE EXCEPTION 'a journal is dated into a closed day'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_day_open';
        END IF;
        IF run.first_plain <= line.ordinary_through THEN
            RAISE EXCEPTION 'a journal is dated into a day that is closing'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_day_not_closing';
        END IF;
        IF run.last_day > (SELECT business_date FROM books_entity WHERE id = run.entity_id) THEN
            RAISE EXCEPTION 'a journal is dated after the business date'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_not_in_future';
        END IF;
        IF run.has_other_layers AND EXISTS (
            SELECT 1 FROM new_rows n
            WHERE n.entity_id = run.entity_id AND n.layer <> 'ordinary'
              AND NOT periods_period_open(n.entity_id, n.effective_date, n.layer)
        ) THEN
            RAISE EXCEPTION 'an adjustment or closing entry needs the last day of an open period'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_period_open';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER journal_guard AFTER INSERT ON journals_journal
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION journals_journal_guard();
-- back --
DROP TRIGGER journal_guard ON journals_journal;
DROP FUNCTION journals_journal_guard();
