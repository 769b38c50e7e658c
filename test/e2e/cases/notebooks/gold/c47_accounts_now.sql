-- model: c47_accounts_now
-- grain: id
-- needs: c47_accounts(after string, before string, src string, op string)
SELECT id, max_by(email, lsn) AS email, max_by(balance, lsn) AS balance, max_by(op, lsn) AS last_op
FROM (SELECT get_json_object(coalesce(after, before), '$.id') AS id, get_json_object(after, '$.email') AS email, CAST(get_json_object(after, '$.balance') AS decimal(18,2)) AS balance, CAST(get_json_object(src, '$.lsn') AS bigint) AS lsn, op FROM c47_accounts)
GROUP BY id HAVING max_by(op, lsn) <> 'd'
