import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"30. Files come by a ledger, not by a stream","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0030-files-by-ledger-not-by-stream.md","filePath":"adr/0030-files-by-ledger-not-by-stream.md"}');
const _sfc_main = { name: "adr/0030-files-by-ledger-not-by-stream.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="30-files-come-by-a-ledger-not-by-a-stream" tabindex="-1">30. Files come by a ledger, not by a stream <a class="header-anchor" href="#30-files-come-by-a-ledger-not-by-a-stream" aria-label="Permalink to &quot;30. Files come by a ledger, not by a stream&quot;">​</a></h1><p><strong>Context.</strong> Spark&#39;s file stream knows files by name and time. A file that is overwritten, or that was half-written when it was read, is never read again; a copy is read twice; a file older than <code>maxFileAge</code> (seven days before the newest) is passed over in silence; its list of names grows for ever in the checkpoint. A lost checkpoint reads everything again. A ledger beside the stream would see all that, but the stream lists the folder by itself, so the two can disagree.</p><p><strong>Decision.</strong> A ledger per topic in the checkpoint volume (path, size, time, SHA-256 of everything taken) decides what is read, and a batch reads exactly these files. The ledger is written first (the intent), then the records are appended in one commit that carries the intent&#39;s token and Delta&#39;s <code>txnAppId</code> / <code>txnVersion</code>, then the intent is closed. After a kill the table itself says whether the intent was carried out. A ledger that is lost is rebuilt from the sources that bronze has, and a table that was made anew throws the ledger away.</p><p><strong>Consequences.</strong> The same exactly-once, with content instead of names: changed files are noticed (an error, or read again as a later revision), copies are skipped, half-written files wait. An idle run compares a listing with a dictionary. A run that takes files saves what a streaming query costs besides its work: planning, offsets and a checkpoint of its own. New files are hashed, which reads them once more: in this process up to 256 MiB of new bytes, in Spark above. Streams stay where the source keeps the account itself: Kafka (offsets) and Auto Loader (<code>fileSource: cloudFiles</code>), which an environment may choose where folders are too large to list.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0030-files-by-ledger-not-by-stream.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0030FilesByLedgerNotByStream = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0030FilesByLedgerNotByStream as default
};
