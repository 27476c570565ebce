-- Debits and credits of an account through `as_of` (NULL: all dates) in some layers, from what was recorded up to event
-- `known` (NULL: all of it). `closed` and `cut_off` are the last closed day and the number of the last cut-off record, then.
--
-- The newest snapshot at or before the date holds the ordinary layer up to its day; day totals go on from there. Of the
-- part that the known version falls into, postings are counted one by one: of every layer within the dates that the
-- totals cover, then corrected by those of the other layers, which are few.
CREATE FUNCTION journals_figures_at(
    of_account uuid, as_of date, known bigint, closed date, cut_off bigint, layers text[],
    OUT debits numeric, OUT credits numeric, OUT version bigint
) LANGUAGE plpgsql STABLE SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last_part integer;
    from_day date := '-infinity';
    to_day date := coalesce(as_of, 'infinity');
    more record;
BEGIN
    IF known IS NULL THEN
        SELECT b.version INTO version FROM accounts_balance b WHERE b.account_id = of_account;
    ELSE
        version := journals_version_at(of_account, known);
    END IF;
    last_part := CASE WHEN known IS NULL THEN 2147483647 ELSE version / 256 END;
    debits := 0;
    credits := 0;
    IF closed IS NOT NULL THEN
        SELECT s.day, s.total_debits, s.total_credits INTO more FROM days_daysnapshot s
        WHERE s.account_id = of_account AND s.day <= least(to_day, closed) AND s.number <= cut_off
        ORDER BY s.day DESC, s.number DESC LIMIT 1;
        IF FOUND THEN
            from_day := more.day;
            debits := more.total_debits;
            credits := more.total_credits;
        END IF;
    END IF;
    SELECT sum(t.debits) AS debits, sum(t.credits) AS credits INTO more FROM journals_daytotal t
    WHERE t.account_id = of_account AND t.layer = 'ordinary' AND t.effective_date > from_day
      AND t.effective_date <= to_day AND t.part < last_part;
    debits := debits + coalesce(more.debits, 0);
    credits := credits + coalesce(more.credits, 0);
    IF layers <> '{ordinary}' THEN
        SELECT sum(t.debits) AS debits, sum(t.credits) AS credits INTO more FROM journals_daytotal t
        WHERE t.account_id = of_account AND t.layer <> 'ordinary' AND t.layer = ANY (layers)
          AND t.effective_date <= to_day AND t.part < last_part;
        debits := debits + coalesce(more.debits, 0);
        credits := credits + coalesce(more.credits, 0);
    END IF;
    IF known IS NULL THEN
        RETURN;
    END IF;
    SELECT sum(p.amount) FILTER (WHERE p.amount > 0) AS debits, -sum(p.amount) FILTER (WHERE p.amount < 0) AS credits
    INTO more FROM journals_posting p
    WHERE p.account_id = of_account AND p.account_version BETWEEN last_part::bigint * 256 AND version
      AND p.effective_date > from_day AND p.effective_date <= to_day;
    debits := debits + coalesce(more.debits, 0);
    credits := credits + coalesce(more.credits, 0);
    IF EXISTS (SELECT FROM journals_daytotal t
               WHERE t.account_id = of_account AND t.layer <> 'ordinary' AND t.part = last_part) THEN
        SELECT sum(p.amount * w.weight) FILTER (WHERE p.amount > 0) AS debits,
               -sum(p.amount * w.weight) FILTER (WHERE p.amount < 0) AS credits
        INTO more FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id
        CROSS JOIN LATERAL (SELECT (j.layer = ANY (layers))::integer - (p.effective_date > from_day)::integer) w (weight)
        WHERE p.account_id = of_account AND p.account_version BETWEEN last_part::bigint * 256 AND version
          AND p.effective_date <= to_day AND j.layer <> 'ordinary';
        debits := debits + coalesce(more.debits, 0);
        credits := credits + coalesce(more.credits, 0);
    END IF;
END
$$;
-- back --
DROP FUNCTION journals_figures_at(uuid, date, bigint, date, bigint, text[]);
