-- model: c44_by_city2
-- grain: city
-- needs: c44_c(id bigint, address string)
SELECT get_json_object(address, '$.city') AS city, count(*) AS n FROM c44_c GROUP BY get_json_object(address, '$.city')
