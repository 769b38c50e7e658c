/** Roles of the search box of VitePress, corrected while the site is built: it calls itself a button, and puts links into options. */
import type { Plugin } from "vite";

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [
    /role="button"\s+:aria-owns="[^"]*"\s+aria-expanded="true"\s+aria-haspopup="listbox"/,
    'role="dialog" aria-modal="true"',
  ],
  [
    /(<li\s[^>]*:key="p\.id")\s+:id="'localsearch-item-' \+ index"\s+:aria-selected="[^"]*"\s+role="option"/,
    '$1 role="presentation"',
  ],
  [
    /(<a\s+:href="p\.id")([\s\S]*?)\s+:aria-label="[^"]*"/,
    "$1 role=\"option\" :id=\"'localsearch-item-' + index\" :aria-selected=\"selectedIndex === index ? 'true' : 'false'\"$2",
  ],
];

/** A plugin of the build; it fails where the search box of another version of VitePress has other words. */
export function searchBoxRoles(): Plugin {
  return {
    name: "search-box-roles",
    enforce: "pre",
    transform(code, id) {
      if (!/VPLocalSearchBox\.vue$/.test(id)) return undefined;
      return REPLACEMENTS.reduce((text, [found, replacement]) => {
        if (!found.test(text))
          throw new Error(`${id}: ${found} is not in it any more: correct docs/.vitepress/search-box.mts.`);
        return text.replace(found, replacement);
      }, code);
    },
  };
}
