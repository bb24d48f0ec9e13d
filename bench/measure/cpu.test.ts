import { expect, test } from "bun:test";
import { processTree, ticksNs, useOfTree } from "./cpu.ts";

const onLinux = process.platform === "linux";

/** Uses 0.4 s of CPU in a grandchild, says so, and stays. */
const BUSY_GRANDCHILD = `
  const child = Bun.spawn([process.execPath, "-e", \`
    for (let i = 0; i % 1e5 !== 0 || process.cpuUsage().user < 400_000; i++);
    console.log(process.pid);
    setInterval(() => {}, 1e6);
  \`], { stdout: "pipe" });
  const { value } = await child.stdout.getReader().read();
  process.stdout.write(value);
  process.on("SIGTERM", () => { child.kill(); process.exit(0); });
  setInterval(() => {}, 1e6);
`;

test.if(onLinux)("the nanoseconds of a process tree agree with the kernel's ticks", async () => {
  const child = Bun.spawn([process.execPath, "-e", BUSY_GRANDCHILD], { stdout: "pipe" });
  try {
    const { value } = await child.stdout.getReader().read();
    const grandchild = Number(new TextDecoder().decode(value));
    const tree = processTree(child.pid);
    expect(tree[0]).toBe(child.pid);
    expect(tree).toContain(grandchild);

    const use = useOfTree(child.pid);
    const ticks = tree.reduce((sum, pid) => sum + ticksNs(pid), 0);
    // Each of the two processes rounds user and system time to ticks of 10 ms.
    expect(Math.abs(use.cpuNs - ticks)).toBeLessThan(60_000_000);
    expect(use.cpuNs).toBeGreaterThan(390_000_000);
    expect(use.residentBytes).toBeGreaterThan(1_000_000);
    expect(use.peakResidentBytes).toBeGreaterThanOrEqual(use.residentBytes * 0.9);
  } finally {
    child.kill();
    await child.exited;
  }
});

test.if(onLinux)("a process that is gone counts as nothing", async () => {
  const child = Bun.spawn(["true"]);
  await child.exited;
  expect(useOfTree(child.pid)).toEqual({ cpuNs: 0, waitNs: 0, residentBytes: 0, peakResidentBytes: 0 });
});
