import { NAME, NAME_RULE } from "../model/names";

/** Words that Spark SQL reads as something else where a table name stands. */
const SQL_WORDS = new Set(
  `all and anti any as asc between both by case cast create cross current_date current_time current_timestamp current_user delete desc
  distinct drop else end except exists false fetch for foreign from full group having in inner insert intersect interval into is join
  lateral leading left like limit merge minus natural not null offset on only or order outer overlaps primary qualify references right
  select semi session_user set some table tablesample then to trailing true truncate union unique unknown unpivot update user using
  values view when where window with`.split(/\s+/),
);

/** Returns the fault of a name for a topic or model; undefined if there is none. */
export function nameFault(name: string): string | undefined {
  if (!NAME.test(name)) return `allowed: ${NAME_RULE}`;
  return SQL_WORDS.has(name) ? "it is a word of SQL" : undefined;
}
