#!/usr/bin/env bash
# scripts/ci/drift.sh <environment>: does the workspace still look as the code says? Status 2 when not. Takes no lock and
# changes nothing, so it may run while somebody deploys.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
use_environment "$@"

init_terraform
make_plan -lock=false
result changes "$changes"
if [[ $changes == false ]]; then
  say "$environment: as declared"
  exit 0
fi
printf '%s differs from what is declared (or is not deployed yet):\n\n' "$environment"
sed -n 's/^ *# \(.* \(will be\|must be\|has\|was\) .*\)$/    \1/p' "$plans/plan.txt"
exit 2
