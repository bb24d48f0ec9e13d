/** One access log for all workers: together in one file, renamed under them, opened anew. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { posix } from "../../src/io/posix.ts";
import { ask } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { RunningProgram } from "./running-program.ts";

describe.skipIf(posix === null)("SIGUSR1", () => {
  test("has every worker write to the file that has the name now", async () => {
    const folder = mkdtempSync(join(tmpdir(), "portward-logs-"));
    const [path, old] = [join(folder, "access.log"), join(folder, "access.log.1")];
    const port = freePort();
    const site = `
settings: { access_log: ${path} }
routes: [{ listen: "127.0.0.1:${port}", path: /, respond: { status: 204 } }]
`;
    await using program = await RunningProgram.start(site, ["--workers", "2"]);
    const peers = await Promise.all(Array.from({ length: 16 }, () => RawPeer.connect(port)));
    const askAll = async (target: string) => {
      for (const peer of peers) await ask(peer, `GET ${target} HTTP/1.1`, "Host: h");
    };
    const paths = (file: string): string[] =>
      existsSync(file)
        ? [...readFileSync(file, "utf8").matchAll(/"path":"(.*?)".*\}\n/g)].map(([, at]) => at!)
        : [];
    await askAll("/before");
    await eventually(() => paths(path).length === 16, "written");
    renameSync(path, old);
    program.signal("SIGUSR1");
    expect(await program.until("logs_reopened")).toMatchObject({ level: "info" });
    // The workers hear of it one after the other, and go on serving meanwhile.
    let round = 0;
    do {
      await askAll(`/${++round}`);
      await eventually(() => paths(old).length + paths(path).length === 16 * (round + 1), "written");
    } while (paths(path).filter((each) => each === `/${round}`).length < 16 && round < 50);
    expect(round).toBeLessThan(50);
    expect(paths(old).slice(0, 16)).toEqual(Array(16).fill("/before"));
    for (const peer of peers) peer.socket.destroy();
    rmSync(folder, { recursive: true });
  });
});
