/**
 * `npm run test:interop`: tests against real servers and clients out of Debian packages. It installs nothing:
 * when a program is missing it says which packages to install and ends with exit code 2.
 */
import { Glob } from "bun";
import { findProgram } from "../test/interop/programs.ts";
import { runSteps, testStep } from "./steps.ts";

process.chdir(`${import.meta.dir}/..`);

const PROGRAMS = [
  { program: "nginx", name: "nginx-light" },
  { program: "haproxy", name: "haproxy" },
  { program: "wrk", name: "wrk" },
  { program: "redis-server", name: "redis-server" },
  { program: "redis-cli", name: "redis-tools" },
  { program: "postgres", name: "postgresql" },
  { program: "psql", name: "postgresql-client" },
  { program: "curl", name: "curl" },
  { program: "openssl", name: "openssl" },
  { program: "chromium", name: "chromium" },
  { program: "dnsmasq", name: "dnsmasq-base" },
  { program: "etcd", name: "etcd-server" },
  { program: "nats-server", name: "nats-server" },
  { program: "certutil", name: "libnss3-tools" },
  { program: "named", name: "bind9" },
  { program: "nsupdate", name: "bind9-dnsutils" },
  { program: "pebble", name: "pebble" },
  { program: "pebble-challtestsrv", name: "pebble" },
] as const;

const TEST_TIMEOUT_MS = 120_000;
const LIMIT_MS = 25 * 60_000;

const missing = PROGRAMS.filter(({ program }) => findProgram(program) === null).map(({ name }) => name);
if (missing.length > 0) {
  console.error(`These tests need Debian packages that are missing. Install them with:
  apt-get install ${missing.join(" ")}`);
  process.exit(2);
}
const files = [...new Glob("test/interop/**/*.test.ts").scanSync(".")].sort();
process.exit(await runSteps([testStep("interop tests", files, TEST_TIMEOUT_MS)], LIMIT_MS));
