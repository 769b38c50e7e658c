import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const ROOT = join(__dirname, "..", "..");

/** `terraform`, as far as the scripts use it: it writes down how it was called and shows the plan that it is given. */
const TERRAFORM = `#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$FAKE/calls"
case "$*" in
  *" plan "*)
    for word in "$@"; do case $word in -out=*) cp "$FAKE/plan.json" "\${word#-out=}" ;; esac; done
    printf '%s\\n' "\${FAKE_SAYS:-}" >&2
    exit "\${FAKE_PLAN_STATUS:-2}" ;;
  *" show -json") printf '%s' "\${FAKE_STATE:-[]}" ;;
  *" show -json "*) cat "\${@: -1}" ;;
  *" show "*) printf '  # databricks_schema.x will be destroyed\\n%s\\n' "\${FAKE_TEXT:-the plan}" ;;
  *" apply "*) exit "\${FAKE_APPLY_STATUS:-0}" ;;
esac
`;

/** The same program under another name, which it says. */
const TOFU = TERRAFORM.replace('"$*" >>', '"tofu $*" >>');

/** `npm run synth`: makes the stacks that it is told to. */
const NPM = `#!/usr/bin/env bash
printf 'npm %s: %s\\n' "$*" "\${MEDALLION_STACKS:-all}" >>"$FAKE/calls"
for stack in \${MEDALLION_STACKS//,/ }; do mkdir -p "cdktf.out/stacks/$stack" && echo '{}' >"cdktf.out/stacks/$stack/cdk.tf.json"; done
exit "\${FAKE_SYNTH_STATUS:-0}"
`;

/** `npx`: the real command of this package. */
const NPX = `#!/usr/bin/env bash
shift 2
exec ${JSON.stringify(process.execPath)} ${JSON.stringify(join(ROOT, "cli", "bin.cjs"))} "$@"
`;

const GH = `#!/usr/bin/env bash
printf 'gh %s\\n' "$*" >>"$FAKE/calls"
case "$*" in
  *--jq*) printf '%s' "\${FAKE_COMMENT:-}" ;;
  *) all="$*"; file=\${all##*body=@}; cp "\${file%% *}" "$FAKE/posted" ;;
esac
`;

/** A user's project with the scripts in it, and the programs that they call. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "medallion-ci-"));
  private readonly fake = join(this.folder, "fake");

  constructor() {
    mkdirSync(join(this.fake, "bin"), { recursive: true });
    cpSync(join(ROOT, "scripts", "ci"), join(this.folder, "scripts", "ci"), { recursive: true });
    for (const [name, text] of Object.entries({ terraform: TERRAFORM, tofu: TOFU, npm: NPM, npx: NPX, gh: GH })) {
      const file = join(this.fake, "bin", name);
      writeFileSync(file, text);
      chmodSync(file, 0o755);
    }
  }

  /** The plan that Terraform will make: one of the real ones. */
  planned(name: string): this {
    cpSync(join(ROOT, "test", "cli", "fixtures", "plans", `${name}.json`), join(this.fake, "plan.json"));
    return this;
  }

  write(path: string, text: string): this {
    mkdirSync(join(this.folder, path, ".."), { recursive: true });
    writeFileSync(join(this.folder, path), text);
    return this;
  }

  read(path: string): string | undefined {
    const file = join(this.folder, path);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  }

  /** How programs were called, in order; folders of this machine are not told. */
  get calls(): string[] {
    const text = this.read("fake/calls") ?? "";
    return text.replaceAll(this.folder, "").split("\n").filter(Boolean);
  }

  run(script: string, args: string[] = [], env: Record<string, string> = {}) {
    const { status, stdout, stderr } = spawnSync("bash", [join(this.folder, "scripts", "ci", script), ...args], {
      cwd: tmpdir(),
      encoding: "utf8",
      env: {
        PATH: [join(this.fake, "bin"), process.env["PATH"]].join(delimiter),
        HOME: this.folder,
        FAKE: this.fake,
        ...env,
      },
    });
    return { status, stdout, stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
