import { sqlTokens, type Token } from "./sql-text";

/** A table, or a function instead of one, that a query reads. */
export interface Relation {
  /** As it stands, parts joined by a point. */
  readonly name: string;
  readonly isFunction: boolean;
  readonly offset: number;
}

/** A call of a function. */
export interface Call {
  /** In lower case, parts joined by a point. */
  readonly name: string;
  /** Without arguments. */
  readonly isEmpty: boolean;
  readonly offset: number;
}

/** State of reading a query: one per open bracket, and one for the whole. */
interface Level {
  /** A query or the bracketed part of a FROM clause, rather than an expression. */
  readonly isQuery: boolean;
  /** A relation comes next. */
  expects: boolean;
  /** In a FROM clause, where a comma brings another relation. */
  inFrom: boolean;
  /** Tables that a WITH of this level names. */
  readonly named: Set<string>;
  /** The WITH clause that is being read: undefined outside of one. */
  clause?: { readonly recursive: boolean; name?: string };
  /** The table that this bracket defines. */
  readonly defines?: string;
}

const STARTS = new Set(["select", "with", "from", "table", "values"]);
/** Words after which a comma is no longer one of the FROM clause. */
const ENDS = new Set(
  "where group having order sort cluster distribute limit offset union except minus intersect window qualify select".split(
    " ",
  ),
);
const SET_OPERATORS = new Set(["union", "except", "minus", "intersect", "all", "distinct"]);

/**
 * Finds what a query reads, apart from the tables that it names itself in a WITH. Spark evaluates the grammar; here FROM,
 * JOIN, TABLE and the commas of a FROM clause are followed, in every subquery, and not in extract(year FROM day).
 */
export function relationsOf(sql: string): Relation[] {
  const tokens = sqlTokens(sql);
  const found: Relation[] = [];
  const levels: Level[] = [level(true)];
  for (let at = 0; at < tokens.length; at++) {
    const top = levels.at(-1) ?? level(true);
    const token = tokens[at];
    if (token === undefined) break;
    const word = wordOf(token);
    if (token.text === "(" && token.kind === "sign") {
      levels.push(opened(tokens, at, top));
      top.expects = false;
    } else if (token.text === ")" && token.kind === "sign") {
      if (levels.length > 1) levels.pop();
      if (top.defines !== undefined) levels.at(-1)?.named.add(top.defines);
    } else if (top.clause !== undefined && top.clause.name === undefined && isName(token)) {
      if (word === "recursive") continue;
      top.clause.name = token.text.toLowerCase();
      if (top.clause.recursive) top.named.add(top.clause.name);
    } else if (top.isQuery && top.expects && isName(token) && word !== "lateral") {
      top.expects = false;
      if (word === "values") continue;
      const [name, end] = path(tokens, at);
      const isFunction = isSign(tokens[end + 1], "(");
      const own = !name.includes(".") && levels.some(({ named }) => named.has(name.toLowerCase()));
      if (isFunction || !own) found.push({ name, isFunction, offset: token.offset });
      at = end;
    } else if (top.isQuery) follow(top, tokens, at);
  }
  return found;
}

/** Calls of functions, and words such as CAST and IN that stand before a bracket in the same way. */
export function callsOf(sql: string): Call[] {
  const tokens = sqlTokens(sql);
  const found: Call[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === undefined || !isName(token)) continue;
    const [name, end] = path(tokens, at);
    if (isSign(tokens[end + 1], "("))
      found.push({ name: name.toLowerCase(), isEmpty: isSign(tokens[end + 2], ")"), offset: token.offset });
    at = end;
  }
  return found;
}

/** Updates the state by a word or a sign of the query. */
function follow(top: Level, tokens: readonly Token[], at: number): void {
  const token = tokens[at];
  const previous = wordOf(tokens[at - 1]);
  const word = wordOf(token);
  if (word === "with" && !top.inFrom) top.clause = { recursive: wordOf(tokens[at + 1]) === "recursive" };
  else if (isSign(token, ",")) {
    if (top.clause !== undefined) top.clause.name = undefined;
    else if (top.inFrom) top.expects = true;
  } else if (word === "from" && previous !== "distinct") {
    top.expects = true;
    top.inFrom = true;
  } else if (word === "join") top.expects = true;
  else if (word === "table" && (at === 0 || isSign(tokens[at - 1], "(") || SET_OPERATORS.has(previous ?? "")))
    top.expects = true;
  else if (word === "lateral" && wordOf(tokens[at + 1]) === "view") top.inFrom = false;
  // An alias may be such a word; it is followed by a comma.
  else if (word !== undefined && ENDS.has(word) && !isSign(tokens[at + 1], ",")) top.inFrom = false;
  else if (isSign(token, "|") && isSign(tokens[at + 1], ">")) top.inFrom = false;
  if (word !== undefined && STARTS.has(word) && word !== "with") top.clause = undefined;
}

function opened(tokens: readonly Token[], at: number, parent: Level): Level {
  let first = at + 1;
  while (isSign(tokens[first], "(")) first++;
  const starts = STARTS.has(wordOf(tokens[first]) ?? "");
  const defines = wordOf(tokens[at - 1]) === "as" ? parent.clause?.name : undefined;
  if (starts) return level(true, { defines, expects: first > at + 1 && parent.expects });
  // A bracket in a FROM clause holds relations: FROM (a JOIN b), c.
  return parent.isQuery && parent.expects ? level(true, { expects: true, inFrom: true }) : level(false);
}

function level(isQuery: boolean, more: Partial<Level> = {}): Level {
  return { isQuery, expects: false, inFrom: false, named: new Set(), ...more };
}

/** A name of one or more parts, and where its last token is. */
function path(tokens: readonly Token[], start: number): [name: string, end: number] {
  const parts = [tokens[start]?.text ?? ""];
  let end = start;
  for (let next = tokens[end + 2]; isSign(tokens[end + 1], ".") && next !== undefined && isName(next); ) {
    parts.push(next.text);
    end += 2;
    next = tokens[end + 2];
  }
  return [parts.join("."), end];
}

function isName(token: Token): boolean {
  return token.kind === "word" || token.kind === "name";
}

function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === "sign" && token.text === sign;
}

function wordOf(token: Token | undefined): string | undefined {
  return token?.kind === "word" ? token.text.toLowerCase() : undefined;
}
