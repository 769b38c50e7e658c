import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"70. Files are told by their bytes, and bronze keeps bytes only where text loses them","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0070-files-are-told-by-their-bytes.md","filePath":"adr/0070-files-are-told-by-their-bytes.md"}');
const _sfc_main = { name: "adr/0070-files-are-told-by-their-bytes.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="70-files-are-told-by-their-bytes-and-bronze-keeps-bytes-only-where-text-loses-them" tabindex="-1">70. Files are told by their bytes, and bronze keeps bytes only where text loses them <a class="header-anchor" href="#70-files-are-told-by-their-bytes-and-bronze-keeps-bytes-only-where-text-loses-them" aria-label="Permalink to &quot;70. Files are told by their bytes, and bronze keeps bytes only where text loses them&quot;">​</a></h1><p><strong>Context.</strong> Producers land what they have: objects one behind the other, pretty-printed objects, lines of arrays, gzip under any name, UTF-16, a CSV by mistake. Spark&#39;s text source unpacks by suffix (one damaged file fails the whole batch) and turns bytes that are not UTF-8 into U+FFFD. A landing folder also holds links, pipes and names that no engine can open.</p><p><strong>Decision.</strong> Files are read as bytes (<code>binaryFile</code>) and cut in Python workers, one file at a time, rows leaving in portions. What a file is (packing, encoding, shape) is asked of its bytes, on whichever machine reads it, so the answer is the same wherever and however often it is read. Lines stay the default: an object over several lines counts as one record unless another begins at the start of a line inside of it, so one broken line cannot swallow its neighbours. <code>_raw_bytes</code> is null where <code>raw</code> encoded as UTF-8 is the record; elsewhere it holds the record&#39;s bytes, also where a single-byte encoding read them without complaint, since such an encoding reads anything. Silver and replay read the bytes by today&#39;s <code>encoding</code>, unless an operator repaired <code>raw</code>. A file from which nothing can be read is not taken, and not remembered: it is a warning of the run, and is taken once it can be read.</p><p><strong>Consequences.</strong> A batch of good files is not stopped by a bad one. Looking into a file happens where it is hashed anyway; packed files are unpacked twice. Positions of lines and elements are what they were; several values on one line are counted one by one. Through Auto Loader nobody looks before: there a damaged or binary file is one record in quarantine.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0070-files-are-told-by-their-bytes.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0070FilesAreToldByTheirBytes = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0070FilesAreToldByTheirBytes as default
};
