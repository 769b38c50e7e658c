-- model: c01b_accounts_now
-- grain: id
-- needs: c01b_accounts(after string, before string, op string, ts_ms bigint)
SELECT get_json_object(coalesce(after, before), '$.id') AS id, count(*) AS n, max(get_json_object(after, '$.email')) AS email FROM c01b_accounts GROUP BY get_json_object(coalesce(after, before), '$.id')
