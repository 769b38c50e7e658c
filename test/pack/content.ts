/** What the package must hold, by a path or a pattern, and what it may not. */
const WANTED: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["the compiled constructs", /^dist\/lib\/constructs\/index\.js$/],
  ["their types", /^dist\/lib\/constructs\/index\.d\.ts$/],
  ["the compiled spec", /^dist\/lib\/spec\/index\.js$/],
  ["the compiled command", /^dist\/lib\/cli\/main\.js$/],
  ["the compiled app", /^dist\/lib\/main\.js$/],
  ["the command", /^cli\/bin\.cjs$/],
  ["the wheel", /^dist\/wheel\/medallion_pipelines-.*\.whl$/],
  ["the notebooks", /^notebooks\/run_pipeline\.py$/],
  ["the gold models", /^notebooks\/gold\/order_metrics\.sql$/],
  ["the JSON Schemas", /^config\/schemas\/topic\.schema\.json$/],
  ["the columns of the registry", /^pipelines\/registry_columns\.json$/],
  ["the local runner", /^local\/__main__\.py$/],
  ["the local workspace", /^workspace\/__main__\.py$/],
  ["the set-up", /^scripts\/setup\.mjs$/],
  ["the guides, which messages name", /^docs\/guides\/query\.md$/],
  ["the reference of the config", /^docs\/reference\/config\.md$/],
  ["the examples", /^examples\/compose-pipeline\/main\.ts$/],
  ["settings of the editor for a new project", /^cli\/init\/template\/\.vscode\/settings\.json$/],
  ["the notes for coding agents", /^AGENTS\.md$/],
  ["the changelog", /^CHANGELOG\.md$/],
  ["the security policy", /^SECURITY\.md$/],
  ["the licence", /^LICENSE$/],
];
const UNWANTED =
  /^(test|bench|docs\/\.vitepress|\.tools|\.medallion|cdktf\.out)\/|__pycache__|\.pyc$|tfstate|node_modules|^dist\/lib\/.*\.test\./;

/** What is missing in the package, and what is too much. */
export function contentFaults(paths: readonly string[]): string[] {
  const wheels = paths.filter((path) => path.endsWith(".whl"));
  return [
    ...WANTED.filter(([, pattern]) => !paths.some((path) => pattern.test(path))).map(([what]) => `${what}: missing`),
    ...paths.filter((path) => UNWANTED.test(path)).map((path) => `${path}: does not belong there`),
    ...(wheels.length > 1 ? [`more than one wheel: ${wheels.join(", ")}`] : []),
  ];
}
