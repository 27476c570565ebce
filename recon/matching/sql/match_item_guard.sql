-- Items come with their match, in one transaction, and say what the line or the posting says that they stand for: its
-- day and its amount, in the match's own books. A line that was undone or split is in no match. All items of a match come
-- in one statement of SQL: none is added once they have been summed up (SET CONSTRAINTS … IMMEDIATE).
-- Each item is looked up by itself, in an expression that is no join: of a join the planner of a young table reads all.
CREATE FUNCTION matching_match_item_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_lock_entities(ARRAY(SELECT DISTINCT n.entity_id FROM new_items n));
    -- Whose transaction wrote a match is asked once for all of them, because that costs more than to find it.
    IF EXISTS (SELECT FROM new_items n WHERE NOT n.is_active) OR EXISTS (
        SELECT FROM (
            SELECT DISTINCT (SELECT CASE WHEN m.bank_account_id = n.bank_account_id AND m.entity_id = n.entity_id
                                              AND m.status = 'confirmed'
                                              AND n.items = (SELECT count(*) FROM matching_matchitem i
                                                             WHERE i.match_id = m.id)
                                         THEN m.xmin END
                             FROM matching_match m WHERE m.id = n.match_id) AS written_by
            FROM (SELECT i.match_id, i.bank_account_id, i.entity_id, count(*) AS items
                  FROM new_items i GROUP BY 1, 2, 3) n
        ) made WHERE books_is_ours(made.written_by) IS NOT TRUE) THEN
        RAISE EXCEPTION 'items come with their match'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'match_item_with_its_match';
    END IF;
    IF EXISTS (SELECT FROM new_items n
               WHERE n.side = 'bank'
                 AND (SELECT l.bank_account_id = n.bank_account_id AND l.entity_id = n.entity_id
                             AND l.booking_date = n.day AND l.amount = n.amount AND NOT l.is_undone AND NOT l.is_split
                      FROM statements_statementline l WHERE l.id = n.line_id) IS NOT TRUE) THEN
        RAISE EXCEPTION 'an item is not what its line of the bank says'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'match_item_says_its_line';
    END IF;
    IF EXISTS (SELECT FROM (SELECT DISTINCT i.bank_account_id, i.account_id FROM new_items i WHERE i.side = 'books') n
               WHERE (SELECT b.account_id = n.account_id
                      FROM statements_bankaccount b WHERE b.id = n.bank_account_id) IS NOT TRUE)
       OR EXISTS (SELECT FROM new_items n
                  WHERE n.side = 'books'
                    AND (SELECT p.entity_id = n.entity_id AND p.effective_date = n.day AND p.amount = n.amount
                         FROM journals_posting p
                         WHERE p.account_id = n.account_id AND p.account_version = n.account_version) IS NOT TRUE) THEN
        RAISE EXCEPTION 'an item is not what its posting says'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'match_item_says_its_posting';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER match_item_guard AFTER INSERT ON matching_matchitem
REFERENCING NEW TABLE AS new_items FOR EACH STATEMENT EXECUTE FUNCTION matching_match_item_guard();
-- back --
DROP TRIGGER match_item_guard ON matching_matchitem;
DROP FUNCTION matching_match_item_guard();
