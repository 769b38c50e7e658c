import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse(`{"title":"20. Where one job's limits end, it starts others","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0020-one-job-starts-its-shards.md","filePath":"adr/0020-one-job-starts-its-shards.md"}`);
const _sfc_main = { name: "adr/0020-one-job-starts-its-shards.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="20-where-one-jobs-limits-end-it-starts-others" tabindex="-1">20. Where one job&#39;s limits end, it starts others <a class="header-anchor" href="#20-where-one-jobs-limits-end-it-starts-others" aria-label="Permalink to &quot;20. Where one job&#39;s limits end, it starts others&quot;">​</a></h1><p><strong>Context.</strong> A job has at most 1,000 tasks, a cluster 145 notebooks at once, a notebook task 10,000 bytes of parameters, a workspace 2,000 running tasks. Groups of topics (<code>topicsPerTask</code>) go a long way, but a group runs on one driver, and the parameters of a task end at some hundred names.</p><p><strong>Decision.</strong> <code>shards: n</code> splits bronze and silver over n jobs with a cluster each. The main job runs <code>prepare</code>, starts the shards by <code>run_job_task</code>, waits, and runs gold and <code>finish</code>. It hands on all of its parameters and its own run id, so the rows of all shards count in one run, and actions work as with one job. Shards have no trigger, no notifications, and cannot run at the same time as themselves. All limits are judged at synth over the graph that is emitted, with the key to raise in the message.</p><p><strong>Alternatives.</strong> <em><code>for_each</code></em>: each iteration is again a task run, its edges cannot say which model waits for which topic, and its input is one string. <em>Independent jobs</em>: models read across topics, so gold would have no moment to run. <em>One task for everything</em>: right for hundreds of topics, one driver for thousands.</p><p><strong>Consequences.</strong> A shard that fails holds back every model that reads one of its topics. The local runner takes notebook tasks only: a stack with shards is for a workspace.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0020-one-job-starts-its-shards.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0020OneJobStartsItsShards = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0020OneJobStartsItsShards as default
};
