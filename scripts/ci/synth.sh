#!/usr/bin/env bash
# scripts/ci/synth.sh [environment ...]: synthesizes the stacks of these environments, or of all, into cdktf.out.
# Needs no credentials and no network. Fails on every fault of the config and on every violated policy.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ $# -gt 0 ]]; then
  MEDALLION_STACKS=$(IFS=,; printf '%s' "$*")
  export MEDALLION_STACKS
fi
# Without a colon, an animation would fill the log.
CI=1 npx --no-install cdktf synth --output cdktf.out
