/** What the demo prints: what listens where, and three commands that work as they stand. */
import { type DemoPorts, ORIGINAL_PORTS, PORT_NAMES } from "./ports.ts";

export function describeDemo(ports: DemoPorts, tcpCommand: string): string {
  return [
    ...describeMoves(ports),
    "Portward demo: three upstreams and a proxy in front of them.",
    "",
    ...table([
      ["LISTENS", "WHAT", "GOES TO"],
      [`http://127.0.0.1:${ports.http}/one`, "proxy", `http://127.0.0.1:${ports.one}/one`],
      [`http://127.0.0.1:${ports.http}/two`, "proxy", `http://127.0.0.1:${ports.two}/`],
      [`tcp://127.0.0.1:${ports.tcp}`, "proxy", `tcp://127.0.0.1:${ports.echo}`],
      [`http://127.0.0.1:${ports.one}`, "demo upstream", HTTP_ANSWERS],
      [`http://127.0.0.1:${ports.two}`, "demo upstream", HTTP_ANSWERS],
      [`tcp://127.0.0.1:${ports.echo}`, "demo upstream", "(sends every line back)"],
    ]),
    "",
    "Try:",
    `  curl -s http://127.0.0.1:${ports.http}/one`,
    `  curl -s http://127.0.0.1:${ports.http}/two`,
    `  ${tcpCommand}`,
    "",
    "Ctrl-C stops everything.",
    "",
  ].join("\n");
}

/**
 * Sends a line and prints what comes back, then ends by itself. bash's own sockets need nothing else
 * and behave alike on Linux and macOS, which the many kinds of nc do not; Alpine has nc but no bash.
 */
export function tcpCommand(port: number, hasBash: boolean): string {
  return hasBash
    ? `bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}; echo hello >&3; head -n 1 <&3'`
    : `printf 'hello\\n' | nc -w 1 127.0.0.1 ${port}`;
}

function describeMoves(ports: DemoPorts): readonly string[] {
  const moved = PORT_NAMES.filter((name) => ports[name] !== ORIGINAL_PORTS[name]);
  if (moved.length === 0) return [];
  const lines = moved.map((name) => `Port ${ORIGINAL_PORTS[name]} is taken; using ${ports[name]} instead.`);
  return [...lines, ""];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}`.trimEnd(),
  );
}

const HTTP_ANSWERS = "(answers /one and /, shows any other request)";
