#!/usr/bin/env bash
# scripts/ci/comment.sh: prints what plan.sh and gate.sh found in all environments, as one comment in Markdown.
# scripts/ci/comment.sh --post: puts it on the pull request, in place of the one from before. On GitHub that is PULL_REQUEST of
# GITHUB_REPOSITORY, by `gh`; in Azure Pipelines it is the one that the run is for.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly MARK='<!-- medallion: plans -->'
# GitHub takes 65536 characters in a comment; what is cut stands in the log and in the artifact.
readonly MOST=60000

# Indented by four, a text is code to Markdown, whatever stands in it, as long as a line ends by a line feed only: there is
# no fence that it could close. What is read here may have been written by another job, so it is made plain here too.
code() { plain | cut -c1-1000 | sed 's/^/    /'; }

# The first $1 bytes; the rest is read too, or its writer would fail.
first() {
  head -c "$1"
  cat >/dev/null
}

# One environment: what the gate said, and the plan, of which at most $2 characters.
section() {
  local folder=$1 most=$2 name answer=""
  name=$(basename "$folder")
  # The heading is no code, so it takes only what an environment and the gate can say.
  if [[ ! $name =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]]; then name="a folder that is named like no environment"; fi
  if [[ -f $folder/gate.txt ]]; then
    answer=$(sed -n '1s/^plan gate: \([A-Za-z0-9][A-Za-z0-9 ,.]*\)$/\1/p' "$folder/gate.txt")
  fi
  printf '### %s: %s\n\n' "$name" "${answer:-no answer of the gate, see the log}"
  if [[ -f $folder/gate.txt ]]; then sed 1d "$folder/gate.txt" | code | first $((most / 2)); fi
  if [[ -f $folder/plan.txt ]]; then
    printf '\n<details><summary>The plan</summary>\n\n'
    code <"$folder/plan.txt" | first "$most"
    printf '\n\n</details>\n\n'
  fi
}

body() {
  local folders=("${MEDALLION_PLANS:-plans}"/*/) folder
  printf '%s\n## Plans\n\n' "$MARK"
  if [[ ! -d ${folders[0]} ]]; then
    printf 'No environment was planned, see the log.\n'
    return
  fi
  for folder in "${folders[@]}"; do section "$folder" $((MOST * 3 / 5 / ${#folders[@]})); done
}

# The whole comment, cut at what GitHub takes.
comment() { body | first "$MOST"; }

post_to_azure() {
  comment | node scripts/ci/azure-comment.mjs "$MARK"
}

post_to_github() {
  local comments=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments id
  # Not local: it is removed when the function is over.
  file=$(mktemp)
  trap 'rm -f "$file"' EXIT
  comment >"$file"
  id=$(gh api --paginate "$comments" \
    --jq ".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$MARK\"))) | .id" | sed -n 1p)
  if [[ -n $id ]]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$file" --silent
  else
    gh api --method POST "$comments" --field "body=@$file" --silent
  fi
}

case ${1:-} in
  "") comment ;;
  --post)
    if [[ -n ${TF_BUILD:-} ]]; then
      post_to_azure
      exit
    fi
    : "${GITHUB_REPOSITORY:?owner/name of the repository}" "${PULL_REQUEST:?number of the pull request}"
    post_to_github
    ;;
  *) die 64 "wanted is nothing, or --post" ;;
esac
