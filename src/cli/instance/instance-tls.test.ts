import { expect, test } from "bun:test";
import { certificatePath } from "../../../test/support/certificates.ts";
import { handshakeProblem, instanceTls, readInstanceTls } from "./instance-tls.ts";

const CA = certificatePath("root.crt");
const [CERT, KEY] = [certificatePath("client.crt"), certificatePath("client.key")];

/** What is said of an environment; null when all is well. */
function problemOf(ca?: string, cert?: string, key?: string): string | null {
  const tls = instanceTls({ PORTWARD_ADMIN_CA: ca, PORTWARD_ADMIN_CERT: cert, PORTWARD_ADMIN_KEY: key });
  const read = readInstanceTls(tls!);
  return read.ok ? null : read.error;
}

test("without any of the variables it is HTTP", () => {
  expect(instanceTls({})).toBeNull();
  expect(instanceTls({ PORTWARD_ADMIN_CA: "" })).toBeNull();
});

test("files that fit are shown", () => {
  expect(problemOf(CA)).toBeNull();
  expect(problemOf(CA, CERT, KEY)).toBeNull();
});

test("what is wrong is told with the variable, not as an instance that does not answer", () => {
  expect(problemOf(undefined, CERT, KEY)).toStartWith("PORTWARD_ADMIN_CA names nobody");
  expect(problemOf(CA, CERT)).toContain("PORTWARD_ADMIN_CERT and PORTWARD_ADMIN_KEY go together");
  expect(problemOf("none.crt")).toBe("PORTWARD_ADMIN_CA names none.crt, which cannot be read (ENOENT)");
  expect(problemOf(KEY)).toContain("has no certificate in it");
  expect(problemOf(CA, CERT, certificatePath("other.key"))).toContain("are no certificate and its key");
});

test("an instance that refuses, or is not believed, is there", () => {
  const wants = handshakeProblem("a:1", "ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED");
  expect(wants).toContain("the instance at a:1 wants a certificate that its `client_ca` has signed");
  for (const code of ["SELF_SIGNED_CERT_IN_CHAIN", "ERR_TLS_CERT_ALTNAME_INVALID", "CERT_HAS_EXPIRED"])
    expect(handshakeProblem("a:1", code)).toContain("is not believed");
  expect(handshakeProblem("a:1", "ECONNREFUSED")).toBeNull();
});
