#!/usr/bin/env node
/**
 * Puts standard input as a comment on the pull request of an Azure Pipelines run, in place of the one from before, which
 * begins with the same mark.
 *
 *   comment | node scripts/ci/azure-comment.mjs <mark>
 *
 * Reads SYSTEM_ACCESSTOKEN, which a step has only where its `env` maps it, and the predefined variables of a run.
 */
import { text } from "node:stream/consumers";

/** @typedef {{ id: number, content?: string, isDeleted?: boolean }} Comment */
/** @typedef {{ id: number, isDeleted?: boolean, comments?: readonly Comment[] }} Thread */

/** @param {string} name */
function variable(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: wanted is a run of Azure Pipelines for a pull request`);
  return value;
}

/**
 * @param {string} method
 * @param {string} path below the threads of the pull request
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
async function call(method, path, body) {
  const project = `${variable("SYSTEM_COLLECTIONURI")}${variable("SYSTEM_TEAMPROJECTID")}`;
  const request = `${variable("BUILD_REPOSITORY_ID")}/pullRequests/${variable("SYSTEM_PULLREQUEST_PULLREQUESTID")}`;
  const response = await fetch(`${project}/_apis/git/repositories/${request}/threads${path}?api-version=7.1`, {
    method,
    headers: { Authorization: `Bearer ${variable("SYSTEM_ACCESSTOKEN")}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.ok) return response.json();
  const why = response.status === 403 ? ': does the build service have "Contribute to pull requests"?' : "";
  throw new Error(`${method} of the comment was answered by ${response.status} ${response.statusText}${why}`);
}

/** @param {string} mark */
async function post(mark) {
  const content = await text(process.stdin);
  /** @type {readonly Thread[]} */
  const threads = (await call("GET", "")).value;
  for (const { id, isDeleted, comments: [first] = [] } of threads) {
    if (isDeleted || !first || first.isDeleted || !first.content?.startsWith(mark)) continue;
    await call("PATCH", `/${id}/comments/${first.id}`, { content });
    return;
  }
  await call("POST", "", { comments: [{ parentCommentId: 0, content, commentType: "text" }] });
}

post(process.argv[2] ?? "").catch((error) => {
  process.stderr.write(`azure-comment.mjs: ${error.message}\n`);
  process.exitCode = 1;
});
