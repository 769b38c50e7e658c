export const TIME_ZONE_RULE = "UTC or a zone of the IANA list such as Europe/Berlin";

/** Return whether Java and JavaScript both know the zone: a region or UTC, no offset and no abbreviation. */
export function isTimeZone(zone: string): boolean {
  if (zone === "UTC") return true;
  if (!/^[A-Z][A-Za-z_]+(\/[A-Z][A-Za-z_+\-0-9]+)+$/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
