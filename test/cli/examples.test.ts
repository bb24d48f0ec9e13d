/** Every file in examples/ is a whole configuration without a finding, and starts. */
import { afterEach, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCheck } from "../../src/cli/check.ts";
import { certificatePath } from "../support/certificates.ts";
import { freePort } from "../support/free-port.ts";
import { cleanUp, PORTWARD, ROOT, readUntil, start, temporaryFolder, writeFile } from "./support.ts";

afterEach(cleanUp);

const FOLDER = join(ROOT, "examples");
const files = readdirSync(FOLDER);

test("there are examples, and nothing else lies between them", () => {
  expect(files.length).toBeGreaterThanOrEqual(6);
  expect(files.filter((file) => !/^[a-z-]+\.(?:yaml|ts)$/.test(file))).toEqual([]);
});

for (const file of files) {
  test(`examples/${file} passes portward check, without a warning`, async () => {
    const complained: string[] = [];
    const output = { out: () => {}, err: (text: string) => void complained.push(text) };
    const copy = writeFile(join(temporaryFolder(), file), withCertificates(textOf(file)));
    const code = await runCheck({ paths: [copy], json: false, probe: false }, output);
    expect(complained.join("")).toBe("");
    expect(code).toBe(0);
  });

  test(`examples/${file} starts`, async () => {
    const copy = writeFile(join(temporaryFolder(), file), onFreePorts(withCertificates(textOf(file))));
    const child = start([PORTWARD, "run", "--config", copy, "--admin", "off"]);
    await readUntil(child.stderr, /"event":"ready"/);
  });

  test(`examples/${file} begins by saying what it is for`, () => {
    expect(textOf(file)).toMatch(/^(?:#|\/\/) [A-Z]/);
  });
}

function textOf(file: string): string {
  return readFileSync(join(FOLDER, file), "utf8");
}

function withCertificates(text: string): string {
  return text
    .replaceAll("/etc/tls/shop.crt", certificatePath("shop-chain.crt"))
    .replaceAll("/etc/tls/shop.key", certificatePath("shop.key"));
}

function onFreePorts(text: string): string {
  const anyPort = text.replace(/(listen|address): (?:\d+|"\d+"|"127\.0\.0\.1:\d+")/g, '$1: "127.0.0.1:0"');
  if (!anyPort.includes("redirect_from: 80")) return anyPort;
  // Its tests say by their ports which listener they mean.
  return anyPort.replace("redirect_from: 80", `redirect_from: ${freePort()}`).replace(/^tests:.*$/ms, "");
}
