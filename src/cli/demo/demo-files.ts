/**
 * The three original files, which the executable carries inside, as a folder in memory: they are read the way
 * any configuration is, with other ports written in where some of theirs are taken.
 */
import one from "../../../fixtures/liteginx/one.yaml" with { type: "text" };
import tcp from "../../../fixtures/liteginx/tcp.yaml" with { type: "text" };
import two from "../../../fixtures/liteginx/two.yaml" with { type: "text" };
import { err, ok } from "../../base/result.ts";
import type { FileAccess, FileFault } from "../../config/source/file-access.ts";
import { type DemoPorts, ORIGINAL_PORTS, PORT_NAMES } from "./ports.ts";

export const DEMO_FOLDER = "demo";

export function demoFiles(ports: DemoPorts): FileAccess {
  const files = new Map([...ORIGINAL_FILES].map(([name, text]) => [name, withPorts(text, ports)]));
  return {
    kindOf: async (path) => ok(path === DEMO_FOLDER ? "folder" : "file"),
    namesIn: async () => ok([...files.keys()]),
    async read(path) {
      const text = files.get(path.slice(DEMO_FOLDER.length + 1));
      return text === undefined ? err(MISSING) : ok(new TextEncoder().encode(text));
    },
  };
}

/** All at once, because one port may have moved to where another was. */
function withPorts(text: string, ports: DemoPorts): string {
  return text.replace(/\b\d{4}\b/g, (number) => {
    const name = PORT_NAMES.find((each) => ORIGINAL_PORTS[each] === Number(number));
    return name === undefined ? number : String(ports[name]);
  });
}

const ORIGINAL_FILES: ReadonlyMap<string, string> = new Map([
  ["one.yaml", one],
  ["two.yaml", two],
  ["tcp.yaml", tcp],
]);

const MISSING: FileFault = { kind: "missing", reason: "not part of the demo" };
