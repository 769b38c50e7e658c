"""Functions that a gold model may use and still be refreshed group by group.

They give the same for the same arguments, in whatever order the rows of a group come. ``first``, ``max_by``,
``collect_list``, ``rand`` or ``current_date`` do not, and the approximate ones depend on how rows are cut into parts.
Words that Spark writes in its plans like functions (types, ``distinct``, ``in``) are among them.
"""

from __future__ import annotations

_WORDS = """
abs acos acosh add_months array array_contains array_distinct array_max array_min array_position array_size
array_sort ascii asin asinh atan atan2 atanh avg base64 bigint bin bit_and bit_count bit_or bit_xor bool_and
bool_or boolean bround btrim cardinality cast cbrt ceil ceiling char char_length chr coalesce concat
concat_ws contains conv cos cosh cot count count_if crc32 csc date date_add date_diff date_format
date_from_unix_date date_part date_sub date_trunc dateadd datediff datepart day dayname dayofmonth dayofweek
dayofyear decimal degrees distinct div double e element_at elt endswith every exp expm1 extract factorial
find_in_set float floor format_number format_string from_unixtime from_utc_timestamp get_json_object
greatest hash hex hour if ifnull in initcap instr int isnan isnotnull isnull kurtosis last_day lcase least
left len length levenshtein like ln locate log log10 log1p log2 lower lpad ltrim make_date make_dt_interval
make_interval make_timestamp make_ym_interval max md5 mean median min minute mod month monthname
months_between named_struct nanvl negative next_day not nullif nullifzero nvl nvl2 octet_length overlay
percentile pi pmod pow power quarter radians regexp_count regexp_extract regexp_like regexp_replace
regexp_substr regr_count repeat replace reverse right rint rlike round rpad rtrim sec second sha sha1 sha2
shiftleft shiftright shiftrightunsigned sign signum sin sinh size skewness smallint some soundex split
split_part sqrt startswith std stddev stddev_pop stddev_samp string struct substr substring substring_index
sum tan tanh timestamp timestamp_micros timestamp_millis timestamp_ntz timestamp_seconds timestampadd
timestampdiff tinyint to_date to_timestamp to_unix_timestamp to_utc_timestamp translate trim trunc try_add
try_avg try_cast try_divide try_multiply try_subtract try_sum try_to_date try_to_number try_to_timestamp
typeof ucase unbase64 unhex unix_date unix_micros unix_millis unix_seconds unix_timestamp upper var_pop
var_samp variance weekday weekofyear width_bucket xxhash64 year zeroifnull
"""

SAFE = frozenset(_WORDS.split())

#: Functions of a window that give equal rows the same, whatever their order.
RANKS = frozenset(("rank", "dense_rank", "percent_rank", "cume_dist"))

#: Functions of a window that go by the position of rows: they need an order in which no two rows are equal.
BY_POSITION = frozenset(("row_number", "ntile", "lag", "lead", "first", "last", "nth_value"))
