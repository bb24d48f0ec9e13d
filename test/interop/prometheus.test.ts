/**
 * Prometheus itself reads what `/metrics` says, and its promtool has nothing to say against it. Runs where Debian's
 * prometheus is installed, which the other interop tests do not need.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { PORTWARD } from "../cli/support.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { findProgram, program } from "./programs.ts";
import { Scene } from "./scene.ts";

setDefaultTimeout(60_000);

describe.skipIf(findProgram("prometheus") === null || findProgram("promtool") === null)("Prometheus", () => {
  test("scrapes two workers and finds what they have counted", async () => {
    await using scene = await Scene.open();
    const ports = await startSite(scene);
    for (let i = 0; i < 10; i++)
      await fetch(`http://127.0.0.1:${ports.web}/`).then((answer) => answer.text());
    const server = await startPrometheus(scene, ports.admin);
    const ask = async (query: string): Promise<string | null> => {
      const answer = await fetch(`${server}/api/v1/query?query=${encodeURIComponent(query)}`);
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return data.result[0]?.value[1] ?? null;
    };
    let counted: string | null = null;
    const look = async () => {
      counted = await ask('sum(portward_requests_total{code="2xx"})');
      if (counted === null) setTimeout(look, 100);
    };
    void look();
    await eventually(() => counted !== null, "a scrape", 30_000);
    expect(counted!).toBe("10");
    expect(await ask("up")).toBe("1");
    expect(await ask("count(portward_worker_up)")).toBe("2");
    expect(
      Number(await ask("histogram_quantile(0.99, sum by (le) (portward_request_duration_seconds_bucket))")),
    ).toBeLessThan(1);
  });

  test("has no objection by its own lint", async () => {
    await using scene = await Scene.open();
    const ports = await startSite(scene);
    await fetch(`http://127.0.0.1:${ports.web}/gone`).then((answer) => answer.text());
    const shown = await fetch(`http://127.0.0.1:${ports.admin}/metrics`);
    await Bun.write(scene.path("metrics.txt"), await shown.text());
    expect(
      await scene.run([program("promtool"), "check", "metrics"], { stdin: scene.path("metrics.txt") }),
    ).toBe("");
  });
});

async function startSite(scene: Scene): Promise<{ web: number; admin: number }> {
  const [web, admin] = [freePort(), freePort()];
  await Bun.write(
    scene.path("site.yaml"),
    `routes: [{ listen: "127.0.0.1:${web}", path: { exact: / }, respond: { body: hello } }]\n`,
  );
  const command = [PORTWARD, "run", "--config", scene.path("site.yaml"), "--workers", "2"];
  await scene.startOn(admin, "portward", [...command, "--admin", `127.0.0.1:${admin}`]);
  return { web, admin };
}

async function startPrometheus(scene: Scene, admin: number): Promise<string> {
  const port = freePort();
  await Bun.write(
    scene.path("prometheus.yml"),
    `scrape_configs: [{ job_name: portward, scrape_interval: 1s, static_configs: [{ targets: ["127.0.0.1:${admin}"] }] }]\n`,
  );
  await scene.startOn(port, "prometheus", [
    program("prometheus"),
    `--config.file=${scene.path("prometheus.yml")}`,
    `--storage.tsdb.path=${scene.path("tsdb")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    `--web.console.templates=${scene.directory}`,
    `--web.console.libraries=${scene.directory}`,
  ]);
  return `http://127.0.0.1:${port}`;
}
