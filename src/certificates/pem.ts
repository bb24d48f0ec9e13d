/** Certificates out of PEM text. What stands between the blocks is a comment (RFC 7468 section 2). */
import { X509Certificate } from "node:crypto";
import { err, ok, type Result } from "../base/result.ts";

/** @returns what is wrong, for people, as the error */
export function readCertificates(text: string): Result<X509Certificate[], string> {
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) {
    return err(
      PRIVATE_KEY.test(text)
        ? "it holds a private key, and no certificate"
        : "it holds no certificate in PEM",
    );
  }
  const certificates: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    try {
      certificates.push(new X509Certificate(block));
    } catch {
      return err(
        blocks.length === 1 ? "its certificate is damaged" : `its certificate number ${index + 1} is damaged`,
      );
    }
  }
  return ok(certificates);
}

/** CRLs are only told apart here; the library reads them. */
export function hasCrl(text: string): boolean {
  return text.includes("-----BEGIN X509 CRL-----");
}

const BLOCK =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
