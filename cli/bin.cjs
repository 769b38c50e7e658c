#!/usr/bin/env node
// Plain old JavaScript, so that a Node that is too old can still say so.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 9)) {
  process.stderr.write(
    `medallion: Node ${process.versions.node} is too old: install Node 20.9 or newer (nodejs.org).\n`,
  );
  process.exit(2);
}

// A checkout runs its TypeScript as it stands; an installed package has it compiled.
const root = join(__dirname, "..");
const compiled = join(root, "dist", "lib", "cli", "main.js");
if (existsSync(join(root, "tsconfig.json")) || !existsSync(compiled)) {
  require("tsx/cjs");
  require("./main.ts").main(process.argv.slice(2));
} else {
  require(compiled).main(process.argv.slice(2));
}
