# shellcheck shell=bash
# Functions that the scripts of this folder share; sourced, never run. The scripts know no CI system: GitHub, GitLab,
# Azure DevOps and a laptop run the same ones, from any folder. What they make lies in plans/<environment> (or below
# MEDALLION_PLANS).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

say() { printf '%s\n' "$*" >&2; }

# Ends the script; $1 is its exit status, the rest says what to do.
die() {
  local status=$1
  shift
  say "$(basename "$0"): $*"
  exit "$status"
}

# Sets environment, stack (the synthesized folder) and plans (absolute: Terraform runs elsewhere).
use_environment() {
  [[ $# -eq 1 && $1 =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]] || die 64 "wanted is one environment: $(basename "$0") dev-aws"
  environment=$1
  stack=cdktf.out/stacks/$environment
  plans=${MEDALLION_PLANS:-plans}/$environment
  mkdir -p "$plans"
  plans=$(cd "$plans" && pwd)
}

# Terraform, or what TERRAFORM_BINARY_NAME names, such as tofu; cdktf and cdktn take the same variable.
terraform_in_stack() { "${TERRAFORM_BINARY_NAME:-terraform}" -chdir="$stack" "$@"; }

# Clears the mark `tainted` from the resources of a stack, after an apply that failed or was stopped. Terraform marks a resource
# whose creation it could not confirm, and would replace it: a file is then created and deleted under the same path, and
# prevent_destroy stops every later plan. Each resource here is known by name or id, so the next plan compares it with the code.
untaint() {
  local address
  terraform_in_stack show -json | node -e '
    let text = "";
    process.stdin.on("data", (part) => { text += part; }).on("end", () => {
      const resources = JSON.parse(text).values?.root_module?.resources ?? [];
      for (const { address, tainted, deposed_key } of resources) if (tainted && !deposed_key) console.log(address);
    });' | while read -r address; do
    terraform_in_stack untaint -no-color -lock-timeout=10m "$address" </dev/null >&2
  done
}

# A committed .terraform.lock.hcl beside cdktf.json says which provider binaries are good; nothing else is then taken.
init_terraform() {
  [[ -f $stack/cdk.tf.json ]] || die 65 "there is no $stack: run scripts/ci/synth.sh $environment first"
  local lockfile=()
  if [[ -f .terraform.lock.hcl ]]; then
    cp .terraform.lock.hcl "$stack/.terraform.lock.hcl"
    lockfile=(-lockfile=readonly)
  fi
  terraform_in_stack init -input=false -no-color ${lockfile[@]+"${lockfile[@]}"} >&2
}

# Makes Terraform's output safe to show: it holds values of others. A carriage return ends a line to Markdown, an escape
# sequence writes to a terminal, a bidi mark turns a line around: of control characters only the line feed stays. Nor does
# a line begin as a command to a CI system would (`::error::`, `##[error]`), nor hold one (`##vso[task.setvariable]`).
plain() {
  node -e '
    const plain = (line) => line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ").replace(/^(\s*:)(?=:)/, "$1 ").replace(/##(?=(?:vso)?\[)/gi, "# #");
    let rest = "";
    process.stdin.setEncoding("utf8").on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      process.stdout.write(lines.map((line) => `${plain(line)}\n`).join(""));
    }).on("end", () => process.stdout.write(plain(rest)));'
}

# Plans into plans/<environment>: plan.tfplan for apply, plan.json for the gate, plan.txt for people.
# Sets changes to true or false. Arguments go to terraform plan.
# shellcheck disable=SC2034 # changes is read by the scripts that source this
make_plan() {
  local status=0
  changes=true
  rm -f "$plans"/plan.* "$plans/gate.txt" "$plans/stack.tgz"
  terraform_in_stack plan -input=false -no-color -detailed-exitcode -out="$plans/plan.tfplan" "$@" 2>&1 | plain >&2 || status=$?
  case $status in
    0) changes=false ;;
    2) ;;
    *) die "$status" "terraform plan failed, see above" ;;
  esac
  show_plan
}

show_plan() {
  terraform_in_stack show -json "$plans/plan.tfplan" >"$plans/plan.json"
  terraform_in_stack show -no-color "$plans/plan.tfplan" | plain >"$plans/plan.txt"
}

# A result for later steps, where the CI system has a file for it.
result() {
  if [[ -n ${GITHUB_OUTPUT:-} ]]; then printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; fi
  if [[ -n ${TF_BUILD:-} ]]; then printf '##vso[task.setvariable variable=%s;isOutput=true]%s\n' "$1" "$2"; fi
}
