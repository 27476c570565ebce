-- Ids rise as those of the engine do, so that rows of one time lie together.
CREATE FUNCTION pg_temp.account_id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT ('01990000-0001-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
-- next --
CREATE FUNCTION pg_temp.journal_id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT ('01990000-0002-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
-- next --
CREATE FUNCTION pg_temp.hold_id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT ('01990000-0003-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
-- next --
CREATE FUNCTION pg_temp.bank_line_id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT ('01990000-0004-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
-- next --
-- Between 0 and 1, the same for the same number.
CREATE FUNCTION pg_temp.drawn(n bigint) RETURNS double precision LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8(n) + 2147483648) / 4294967297.0::double precision $$;
-- next --
CREATE FUNCTION pg_temp.moment_of(place bigint, count bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
$$ SELECT %(begins)s::timestamptz + place * (%(days)s * interval '1 day' / count) $$;
-- next --
CREATE FUNCTION pg_temp.code_of(place bigint, hot bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN place < hot THEN 'B' || lpad(place::text, 4, '0') ELSE 'C' || lpad((place - hot)::text, 7, '0') END $$;
-- next --
CREATE FUNCTION pg_temp.name_of(n bigint, place bigint, hot bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN place < hot THEN 'Branch ' || place ELSE
    (ARRAY['Anna', 'Björn', 'Carla', 'Daniel', 'Elif', 'Frieda', 'Georg', 'Hanna', 'Ilja', 'Jonas', 'Karin', 'Lars', 'Maria',
           'Nadia', 'Olga', 'Peter', 'Quirin', 'Rosa', 'Stefan', 'Tilda'])[1 + (hashint8(n) & 65535) %% 20] || ' ' ||
    (ARRAY['Ahrens', 'Becker', 'Castro', 'Dijk', 'Eriksen', 'Fischer', 'Graf', 'Hansen', 'Ibrahim', 'Jansen', 'Krüger', 'Lind',
           'Meyer', 'Novak', 'Ørsted', 'Peters', 'Quast', 'Richter', 'Schmidt', 'Thomsen'])[1 + (hashint8(n + 7) & 65535) %% 20]
    || ' ' || (hashint8(n + 3) & 16383) END $$;
-- next --
-- The words of a text as the read models keep them: each run of letters and digits, without case and accents.
CREATE FUNCTION pg_temp.words_of(told text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT lower(translate(told, 'ØøÜüÖö,-', 'OoUuOo  ')) $$;
