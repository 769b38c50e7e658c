import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"40. The ways out of a refused batch are the same silver step, over a topic with other rules","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0040-a-ruling-is-a-topic-with-other-rules.md","filePath":"adr/0040-a-ruling-is-a-topic-with-other-rules.md"}');
const _sfc_main = { name: "adr/0040-a-ruling-is-a-topic-with-other-rules.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="40-the-ways-out-of-a-refused-batch-are-the-same-silver-step-over-a-topic-with-other-rules" tabindex="-1">40. The ways out of a refused batch are the same silver step, over a topic with other rules <a class="header-anchor" href="#40-the-ways-out-of-a-refused-batch-are-the-same-silver-step-over-a-topic-with-other-rules" aria-label="Permalink to &quot;40. The ways out of a refused batch are the same silver step, over a topic with other rules&quot;">​</a></h1><p><strong>Context.</strong> A rule with <code>onViolation: fail</code> refuses a batch, which then waits in bronze. An operator must be able to let it through as it is, or without what breaks the rule, once; later batches are judged as ever; a rebuild of silver from bronze must not undo the decision, years later.</p><p><strong>Decision.</strong> An action runs the ordinary silver step with the topic&#39;s <code>fail</code> rules replaced: <code>accept</code> (counted, nothing follows) or <code>refuse</code> (what violates goes into quarantine as <code>batch_refused</code>; a batch rule refuses the whole batch). No second path writes silver. What the operator decided is kept where the rows are: a rebuild leaves out bronze rows that wait in quarantine as <code>batch_refused</code>, takes the repaired text of those that were replayed, and carries out no <code>fail</code> rule. Replay is the same step too, over the waiting rows of quarantine; it writes silver first (idempotent by total order or row id), then marks them.</p><p><strong>Alternatives.</strong> <em>A flag in the batch&#39;s progress row</em> (&quot;batch 5 to 7 was accepted&quot;): a rebuild reads all of bronze at once and would have to know every such range for ever. <em>Deleting refused rows from bronze</em>: bronze is the copy of record.</p><p><strong>Consequences.</strong> A full refresh counts violations of <code>fail</code> rules and never refuses. <code>replay</code> passes over <code>batch_refused</code> unless it is named. Which rows were accepted against a rule stands in <code>ops.quality</code> (<code>accepted</code>) and the run log, not in silver.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0040-a-ruling-is-a-topic-with-other-rules.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0040ARulingIsATopicWithOtherRules = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0040ARulingIsATopicWithOtherRules as default
};
