#!/usr/bin/env bash
# scripts/ci/plan.sh <environment>: a saved plan in plans/<environment>, and with it all that apply.sh needs elsewhere.
# Needs what Terraform needs: the state, and the workspace. Changes nothing there.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
use_environment "$@"

init_terraform
make_plan -lock-timeout=5m
# Notebooks and the wheel are read again at apply, so the stack travels with its plan.
tar -czf "$plans/stack.tgz" --exclude=.terraform -C "$(dirname "$stack")" "$environment"
result changes "$changes"
say "$environment: $([[ $changes == true ]] && echo "there are changes, see $plans/plan.txt" || echo "no changes")"
