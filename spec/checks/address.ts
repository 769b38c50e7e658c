/** Return whether a text is the number of a port that something can listen on. */
export function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

/** Return whether a text is an address that can be called: of a scheme, with a host, and a port that there is. */
export function isUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname, port } = new URL(text);
  return hostname !== "" && (port === "" || isPort(port));
}

export const URL_RULE = "allowed: an address with a host, and a port from 1 to 65535 if any";
