/** A program that puts records into the name server beside Pebble, after it has written down what it is to do. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import type { Scene } from "../scene.ts";
import type { Pebble } from "./pebble.ts";

export interface DnsHookProgram {
  readonly path: string;
  /** What it was called for, in order. */
  calls(): string[];
}

/** @param before lines of shell that come first */
export function dnsHook(scene: Scene, { namesControl }: Pebble, before = ""): DnsHookProgram {
  const [path, log] = [scene.path("hook"), scene.path("calls")];
  writeFileSync(log, "");
  writeFileSync(
    path,
    `#!/bin/sh
set -eu
echo "$PORTWARD_ACTION $PORTWARD_FQDN" >> ${log}
${before}
case "$PORTWARD_ACTION" in
  present) curl -sf -d "{\\"host\\":\\"$PORTWARD_FQDN\\",\\"value\\":\\"$PORTWARD_VALUE\\"}" ${namesControl}/set-txt ;;
  cleanup) curl -sf -d "{\\"host\\":\\"$PORTWARD_FQDN\\"}" ${namesControl}/clear-txt ;;
esac
`,
  );
  chmodSync(path, 0o755);
  return {
    path,
    calls: () =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line !== ""),
  };
}
