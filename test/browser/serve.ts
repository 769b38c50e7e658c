import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".woff2": "font/woff2",
};

/** A server of the files of a folder, on this machine alone. */
export interface Server {
  /** `http://127.0.0.1:<port>`, without a slash at its end. */
  readonly origin: string;
  readonly close: () => void;
}

/** Serves the files of a folder; `/` is `index.html`, and what is not there is answered by 404. */
export async function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = join(folder, normalize(`/${decodeURIComponent(pathname)}`));
    const file = pathname.endsWith("/") ? join(path, "index.html") : path;
    const there = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
    // Pages of the site share their scripts and styles, which the browser need not read for each.
    const headers = {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "cache-control": "max-age=600",
    };
    response.writeHead(there ? 200 : 404, headers);
    response.end(there ? readFileSync(file) : "not found");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() };
}
