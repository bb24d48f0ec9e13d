/** Starts what stands behind the demo's proxy, each on its port or on a free one. */
import type { DemoUpstream } from "./demo-upstream.ts";
import { onFreePort, probePort } from "./free-port.ts";
import { startHttpUpstream } from "./http-upstream.ts";
import { type DemoPorts, ORIGINAL_PORTS } from "./ports.ts";
import { startTcpUpstream } from "./tcp-upstream.ts";

export interface DemoUpstreams {
  /** Those of the upstreams, and two that were free for the proxy. */
  readonly ports: DemoPorts;
  stop(): Promise<void>;
}

export function startDemoUpstreams(wanted: DemoPorts = ORIGINAL_PORTS): DemoUpstreams {
  const one = onFreePort(wanted.one, startHttpUpstream);
  const two = onFreePort(wanted.two, startHttpUpstream);
  const echo = onFreePort(wanted.echo, startTcpUpstream);
  const ports = {
    one: one.port,
    two: two.port,
    echo: echo.port,
    http: onFreePort(wanted.http, probePort),
    tcp: onFreePort(wanted.tcp, probePort),
  };
  return { ports, stop: () => stopAll([one, two, echo]) };
}

async function stopAll(upstreams: readonly DemoUpstream[]): Promise<void> {
  await Promise.all(upstreams.map((upstream) => upstream.stop()));
}
