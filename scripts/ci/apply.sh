#!/usr/bin/env bash
# scripts/ci/apply.sh <environment>: applies the saved plan of plan.sh, exactly that. The gate is asked again, about the
# saved plan itself and not about what somebody wrote beside it.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
use_environment "$@"

[[ -f $plans/plan.tfplan && -f $plans/stack.tgz ]] ||
  die 65 "there is no saved plan in $plans: run scripts/ci/plan.sh $environment first"
# The stack as it was planned, not as it may have been synthesized since.
rm -rf "$stack"
mkdir -p "$(dirname "$stack")"
tar -xzf "$plans/stack.tgz" -C "$(dirname "$stack")"
init_terraform
show_plan
scripts/ci/gate.sh "$environment"
status=0
terraform_in_stack apply -input=false -no-color -lock-timeout=10m "$plans/plan.tfplan" 2>&1 | plain || status=$?
if [[ $status -ne 0 ]]; then
  untaint || say "some resources are still tainted: terraform untaint each of them before the next plan"
  die "$status" "apply failed. Plan again: the state has changed since the saved plan."
fi
