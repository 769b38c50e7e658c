#!/usr/bin/env bash
# scripts/ci/synth.sh [environment ...]: synthesizes the stacks of these environments, or of all, into cdktf.out.
# By the script `synth` of package.json. Needs no credentials and no network. Fails on every fault of the config and on every
# violated policy.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ $# -gt 0 ]]; then
  MEDALLION_STACKS=$(IFS=,; printf '%s' "$*")
  export MEDALLION_STACKS
fi
npm run synth || die 1 "nothing can be planned, see above"
