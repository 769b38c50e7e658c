/** Checks the version of Node. Written so that a Node of ten years ago can read it. */

/**
 * @param {string} version such as "20.9.0"
 * @returns {string | undefined} what is wrong, and what to do
 */
export function nodeFault(version) {
  const parts = version.replace(/^v/, "").split(".");
  const major = Number(parts[0]);
  if (major > 20 || (major === 20 && Number(parts[1]) >= 9)) return undefined;
  return "Node " + version + " is too old: install Node 20.9 or newer (nodejs.org, or your package manager).";
}
