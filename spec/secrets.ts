/**
 * Formats of secrets. Only forms that nothing else has: a text that is taken for a secret by mistake
 * could not be deployed at all.
 */
const FORMS: readonly (readonly [what: string, form: RegExp])[] = [
  ["a Databricks token", /(dapi|dose|dkea|dsapi)[0-9a-f]{32}/i],
  ["an AWS access key", /\b(AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b/],
  ["an AWS secret key", /\baws_?secret_?(access_?)?key\b["'\s:=]{1,5}[A-Za-z0-9/+]{40}\b/i],
  ["an Azure storage key", /\b(Account|SharedAccess)Key=[A-Za-z0-9+/]{40,}={0,2}/i],
  ["an Azure signature", /[?&;]sig=[A-Za-z0-9%+/_=-]{20,}/i],
  ["an Azure client secret", /(^|[^\w~.-])[\w~.-]{3}[78]Q~[\w~.-]{31,34}($|[^\w~.-])/],
  ["a Google key", /\bAIza[0-9A-Za-z_-]{35}|\bya29\.[0-9A-Za-z_-]{20,}|\bGOCSPX-[0-9A-Za-z_-]{20,}/],
  ["a GitHub token", /\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{22,}/],
  ["a GitLab token", /\bgl(pat|ptt|dt|rt|cbt|soat)-[\w-]{20,}/],
  ["a Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}/],
  ["a Slack webhook", /\bhooks\.slack(-gov)?\.com\/(services|workflows|triggers)\/\w{3,}\/\w/i],
  ["a Discord webhook", /\bdiscord(app)?\.com\/api\/webhooks\/\d+\/[\w-]{20,}/i],
  ["a Teams webhook", /\b(webhook\.office|outlook\.office)\.com\/webhook(b2)?\/[\w@-]{20,}/i],
  ["a Stripe key", /\b([sr]k_(live|test)|whsec)_[0-9A-Za-z]{16,}/],
  ["an npm token", /\bnpm_[A-Za-z0-9]{36}\b/],
  ["a PyPI token", /\bpypi-[A-Za-z0-9_-]{50,}/],
  ["a key of a language model", /\bsk-(ant-|proj-)?[A-Za-z0-9_-]{32,}|\bhf_[A-Za-z0-9]{30,}/],
  ["a SendGrid key", /\bSG\.[\w-]{16,}\.[\w-]{16,}/],
  ["a PagerDuty address", /\bevents\.pagerduty\.com\/integration\/[0-9a-f]{32}/i],
  ["a JSON web token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
  ["a private key", /-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----/],
];

/** A password, in an address or where one logs in to Kafka. `{{…}}`, `${…}` and `<…>` only say where it would stand. */
const PASSWORDS: readonly (readonly [what: string, form: RegExp])[] = [
  ["a password in an address", /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#:@"']*:([^\s/?#@"']+)@/gi],
  ["a password", /LoginModule\b[^;]{0,500}?\bpassword=\\*["']?([^\s"'\\;]+)/gi],
];
/** A value that is named like a secret; it is one where it also looks like one. */
const NAMED =
  /[?&;](?:access_?token|auth|token|api_?key|key|code|signature|secret|client_secret|password|passwd|pwd)=([^&;\s"'#]+)|\b(?:Bearer|Basic)\s+([\w+/.~-]{16,})/gi;

/** Names the secret that a text holds, without showing it; undefined where it holds none. */
export function findSecret(given: string): string | undefined {
  // In a file of JSON or Python, what ends a line is a letter behind a backslash, and would be taken for a part of the word.
  const text = given.replace(/\\+(u[0-9a-f]{4}|x[0-9a-f]{2}|[nrtbf])/gi, " ").replace(/\\+(?=["'/])/g, "");
  const form = FORMS.find(([, pattern]) => pattern.test(text));
  if (form !== undefined) return form[0];
  const password = PASSWORDS.find(([, pattern]) => wordsOf(text, pattern).some((word) => !isPlaceholder(word)));
  if (password !== undefined) return password[0];
  return wordsOf(text, NAMED).some(isRandom) ? "a token" : undefined;
}

function wordsOf(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, ...groups]) => groups.find((group) => group !== undefined) ?? "");
}

function isPlaceholder(word: string): boolean {
  return /^(\{\{.*|\$+\{.*|%\{.*|<.*|\*+|x+|…|\.\.\.)$/i.test(decode(word));
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

/** Long, and of signs that say little of each other: words of people are neither. */
function isRandom(word: string): boolean {
  if (word.length < 16 || !/[0-9]/.test(word) || !/[A-Za-z]/.test(word)) return false;
  const counts = new Map<string, number>();
  for (const sign of word) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  const bits = [...counts.values()].reduce(
    (sum, count) => sum - (count / word.length) * Math.log2(count / word.length),
    0,
  );
  return bits > 3;
}

/** The first secret in a value, keys too, and where it stands. */
export function secretIn(value: unknown): string | undefined {
  if (typeof value === "string") return findSecret(value);
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = findSecret(key) ?? secretIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Advice on a secret in config. */
export const SECRET_RULE =
  "what is declared stands readable in source, plan, state and workspace: keep it in a secret scope and name scope and key";
