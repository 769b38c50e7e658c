import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"85. Another action of the job is one task, a leaf beside the run","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0085-another-action-is-one-task.md","filePath":"adr/0085-another-action-is-one-task.md"}');
const _sfc_main = { name: "adr/0085-another-action-is-one-task.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="85-another-action-of-the-job-is-one-task-a-leaf-beside-the-run" tabindex="-1">85. Another action of the job is one task, a leaf beside the run <a class="header-anchor" href="#85-another-action-of-the-job-is-one-task-a-leaf-beside-the-run" aria-label="Permalink to &quot;85. Another action of the job is one task, a leaf beside the run&quot;">​</a></h1><p><strong>Context.</strong> The job does what an operator asks by its parameter <code>action</code>. <code>prepare</code> carried an action out, and every other task of the staged layout was started all the same, to say that it had nothing to do: two notebooks per topic and one per model, each with its own place on the cluster. Worse, the platform tells the fate of a run by its leaves. The leaf was <code>finish</code>, which said &quot;succeeded&quot; for every action, so a replay that failed in <code>prepare</code> was a run that had succeeded with failures, and nobody was told.</p><p><strong>Decision.</strong> The first task, <code>is_run</code>, is a condition: the parameter is <code>run</code>, or it is not. It needs no compute. With &quot;false&quot; one task runs, <code>action</code>: the notebook <code>prepare</code>, which carries the action out as before, and a leaf, so that its failure is the job&#39;s. With &quot;true&quot; the tasks of a run do, and <code>finish</code> at their end whatever became of them. Every task of a run names <code>is_run</code> itself, beside what it waits for.</p><p><strong>Alternatives.</strong> <em>The stages wait for a condition after <code>prepare</code></em>: <code>finish</code> then has to run for an action too, or is left out where <code>prepare</code> fails in a run and nobody draws up what happened. <em>Only the first stage names the condition</em>: what becomes of a task all of whose forerunners were left out depends on how the platform counts them (as successful), so it is not relied upon.</p><p><strong>Consequences.</strong> Two tasks more per job; they count towards its 1,000. The platform compares letter by letter: an action that is blank, or <code>run</code> with a space, would be neither, so <code>action</code> refuses it by name. Stages still look at the parameter, for whoever opens a notebook by hand. A job of one task and the declarative job are as they were: the first is one task anyway, and the actions of the second (a full refresh, the checks of <code>doctor</code>) go on with a run.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0085-another-action-is-one-task.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0085AnotherActionIsOneTask = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0085AnotherActionIsOneTask as default
};
