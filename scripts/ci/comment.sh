#!/usr/bin/env bash
# scripts/ci/comment.sh: prints what plan.sh and gate.sh found in all environments, as one comment in Markdown.
# scripts/ci/comment.sh --post: puts it on the pull request PULL_REQUEST of GITHUB_REPOSITORY by `gh`, in place of the one
# from before.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly MARK='<!-- medallion: plans -->'
# GitHub takes 65536 characters in a comment; what is cut stands in the log and in the artifact.
readonly MOST=60000

# Indented by four, a text is code to Markdown, whatever stands in it.
code() { sed 's/^/    /'; }

# The first $1 bytes; the rest is read too, or its writer would fail.
first() {
  head -c "$1"
  cat >/dev/null
}

# One environment: what the gate said, and the plan, of which at most $2 characters.
section() {
  local folder=$1 most=$2 verdict=""
  if [[ -f $folder/gate.txt ]]; then verdict=$(sed -n '1s/^plan gate: //p' "$folder/gate.txt"); fi
  printf '### %s: %s\n\n' "$(basename "$folder")" "${verdict:-no answer of the gate, see the log}"
  if [[ -f $folder/gate.txt ]]; then sed 1d "$folder/gate.txt" | cut -c1-1000 | code | first $((most / 2)); fi
  if [[ -f $folder/plan.txt ]]; then
    printf '\n<details><summary>The plan</summary>\n\n'
    cut -c1-1000 "$folder/plan.txt" | code | first "$most"
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

post() {
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
    : "${GITHUB_REPOSITORY:?owner/name of the repository}" "${PULL_REQUEST:?number of the pull request}"
    post
    ;;
  *) die 64 "wanted is nothing, or --post" ;;
esac
