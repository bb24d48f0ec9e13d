import { afterEach, expect, test } from "bun:test";
import { inAMoment, inLaterTurn, MOMENT_MS, type Portioned } from "../../src/io/turns.ts";
import { eventually } from "../support/eventually.ts";

const said: string[] = [];
afterEach(() => void said.splice(0));

/** So many portions, each of which it says by its name. */
function work(name: string, portions: number): Portioned {
  let left = portions;
  return {
    doPortion() {
      said.push(name);
      if (--left > 0) inLaterTurn(this);
    },
  };
}

test("works take turns, a portion each, and never within the call", async () => {
  inLaterTurn(work("a", 3));
  inLaterTurn(work("b", 2));
  expect(said).toEqual([]);
  await eventually(() => said.length === 5, "all portions");
  expect(said.join("")).toBe("ababa");
});

test("between two portions what others wait for is done", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const echo = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, bytes) => void socket.write(bytes) },
  });
  await Bun.connect({
    hostname: "127.0.0.1",
    port: echo.port,
    socket: {
      open: (socket) => void socket.write("x"),
      data(socket) {
        said.push("answer");
        socket.end();
        resolve();
      },
    },
  });
  inLaterTurn(work("a", 1_000));
  await promise;
  expect(said.indexOf("answer")).toBeLessThan(900);
  await eventually(() => said.length === 1_001, "all portions");
  echo.stop(true);
});

test("a portion that throws leaves the others theirs", async () => {
  inLaterTurn({
    doPortion() {
      throw new Error("not this one");
    },
  });
  inLaterTurn(work("a", 2));
  await eventually(() => said.length === 2, "the other's portions");
});

test("what rests for a moment comes no sooner", async () => {
  const beganMs = performance.now();
  inAMoment(work("later", 1));
  inLaterTurn(work("now", 2));
  await eventually(() => said.length === 3, "all portions");
  expect(said).toEqual(["now", "now", "later"]);
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(MOMENT_MS * 0.9);
});
