/** One set-up at a time per `.tools`: `npm start` and `npm test` may be started together. */
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { say, TOOLS } from "./shell.mjs";

const file = join(TOOLS, ".setup.lock");

/**
 * Waits for another set-up to end, then keeps others out until the returned function is called.
 * @returns {Promise<() => void>}
 */
export async function setupLock() {
  mkdirSync(TOOLS, { recursive: true });
  for (let waited = 0; ; waited++) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      const release = () => {
        try {
          unlinkSync(file);
        } catch {
          // Gone already: nothing to give back.
        }
      };
      return release;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    }
    if (!holderLives()) {
      // Its holder was killed. Two waiters may both come here; only one of them then creates the file.
      try {
        unlinkSync(file);
      } catch {
        // The other one was quicker.
      }
      continue;
    }
    if (waited === 0) say("Another set-up is running; waiting for it ...");
    await new Promise((done) => setTimeout(done, 500));
  }
}

function holderLives() {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    // Just created and not yet written: alive.
    if (!pid) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
