import { z } from "zod";

/** Names of topics, gold models, catalogs and schemas as they stand in Unity Catalog (lower case only). */
export const NAME = /^[a-z][a-z0-9_]{0,62}$/;

/** Description of a valid name: every message about names says the same. */
export const NAME_RULE = "lower case letters, digits and _, a letter first, at most 63 characters";

/** A name that becomes a Unity Catalog object. */
export const name = z.string().regex(NAME, NAME_RULE);

/** Id by which the platform knows a service principal. */
export const APPLICATION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Text with something in it. */
export const text = z.string().regex(/\S/, "text that is not blank");

/** Tags: text by a key with something in it. */
export const tags = z.record(text, z.string()).default({});

/** A secret is never in config: only where it is kept. */
export const secretRef = z.strictObject({
  scope: text.describe("Secret scope in the workspace."),
  key: text.describe("Key in that scope."),
});

/** Number of days for which something is kept. */
export const days = z.number().int().positive();
