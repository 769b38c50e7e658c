import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", ".tools/**", ".medallion/**", "cdktf.out/**"],
    // A stack of cdktf takes a second or two on a small machine; a hang should still be seen soon.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // cdktf keeps module-level state and jsii types are slow to load: one process per file, two at a time.
    pool: "forks",
    poolOptions: { forks: { minForks: 1, maxForks: 2 } },
  },
});
