#!/usr/bin/env bash
# scripts/ci/gate.sh <environment>: may the plan in plans/<environment> be applied? Status 2 when not.
# What may happen although it is rejected is named in config/plan-allow/<environment>.txt, one `address = reason` a line, and
# types of your own in config/plan-allow/types.txt (`harmless type = reason`, `guarded type = what it holds`), so that both
# are reviewed like everything else.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
use_environment "$@"

[[ -f $plans/plan.json ]] || die 65 "there is no $plans/plan.json: run scripts/ci/plan.sh $environment first"
allow=()
if [[ -f config/plan-allow/$environment.txt ]]; then allow=(--allow-file "config/plan-allow/$environment.txt"); fi
if [[ -f config/plan-allow/types.txt ]]; then allow+=(--types config/plan-allow/types.txt); fi
npx --no-install medallion plan-gate "$plans/plan.json" ${allow[@]+"${allow[@]}"} 2>&1 | plain | tee "$plans/gate.txt"
