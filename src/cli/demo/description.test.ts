import { expect, test } from "bun:test";
import { describeDemo, tcpCommand } from "./description.ts";
import { ORIGINAL_PORTS } from "./ports.ts";

test("lines its columns up", () => {
  const lines = describeDemo(ORIGINAL_PORTS, "").split("\n");
  const column = lines.find((line) => line.includes("WHAT"))!.indexOf("WHAT");
  const rows = lines.filter((line) => line.includes("demo upstream") || line.includes(" proxy "));
  const inTable = rows.filter((line) => line.startsWith("  "));
  expect(inTable).toHaveLength(6);
  for (const row of inTable) expect(row.slice(column - 1, column + 5)).toMatch(/^ (proxy|demo )/);
});

test("names each port that had to move, and uses the other one everywhere", () => {
  const text = describeDemo({ ...ORIGINAL_PORTS, http: 5100 }, "");
  expect(text).toStartWith("Port 5000 is taken; using 5100 instead.\n");
  expect(text).toContain("curl -s http://127.0.0.1:5100/one");
  expect(text.slice(text.indexOf("\n"))).not.toContain("5000");
});

test("the TCP command ends by itself and shows the line", async () => {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, chunk) => void socket.write(chunk) },
  });
  const hasBash = Bun.which("bash") !== null;
  if (!hasBash && Bun.which("nc") === null) return server.stop(true);
  const command = Bun.spawn(["sh", "-c", tcpCommand(server.port, hasBash)]);
  expect(await new Response(command.stdout).text()).toBe("hello\n");
  expect(await command.exited).toBe(0);
  server.stop(true);
});
