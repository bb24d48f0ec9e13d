/** `portward cert trust`: how clients come to trust this machine's authority (`tls: internal`). It says so, and does nothing. */

import type { X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import { Command } from "commander";
import { readCertificates } from "../../certificates/pem.ts";
import { diskFiles, type FileAccess } from "../../config/source/file-access.ts";
import { rootCertificatePlace } from "../../config/values/acme-places.ts";
import { configOption, configPaths } from "../config-paths.ts";
import type { CliContext, Finish } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { complain } from "../instance/say.ts";
import { loadOrExplain } from "../load-or-explain.ts";

export function trustCommand(context: CliContext, finish: Finish): Command {
  return new Command("trust")
    .description("say how clients come to trust the authority behind `tls: internal`")
    .addOption(configOption())
    .action(async ({ config }: { readonly config?: readonly string[] }) =>
      finish(await trust(configPaths(config, context.environment), context)),
    );
}

async function trust(
  paths: readonly string[],
  context: CliContext,
  files: FileAccess = diskFiles,
): Promise<ExitCode> {
  const loaded = await loadOrExplain(paths, context, files);
  if (loaded === null) return EXIT.invalid;
  const { internalCa } = loaded.configuration.settings;
  if (internalCa === null)
    return complain("no listener has `tls: internal`, so there is nothing to trust", context);
  const path = resolve(rootCertificatePlace(internalCa.storage));
  const read = await files.read(path, MOST_BYTES);
  if (!read.ok) {
    const help =
      read.error.kind === "missing"
        ? "it is made when `portward run` serves the configuration for the first time; where a service runs it, `internal_ca` in its log says where it lies"
        : "only the user that runs the proxy may read it: ask as that one, and hand out the file that you get";
    return complain(`${path}: ${read.error.reason}\n  help: ${help}`, context);
  }
  const root = readCertificates(new TextDecoder().decode(read.value));
  if (!root.ok) return complain(`${path}: ${root.error}`, context);
  context.out(directions(path, root.value[0]!));
  return EXIT.done;
}

function directions(path: string, { subject, validTo, fingerprint256 }: X509Certificate): string {
  const quoted = shellQuoted(path);
  return `The root of this machine's authority, ${subject.replace(/^CN=/, "")}:
  ${path}
  valid until ${new Date(validTo).toISOString().slice(0, 10)}, SHA-256 ${fingerprint256}

Whoever has the key beside it can pass for any site to those who trust it: trust it where you develop, nowhere else.

curl             curl --cacert ${quoted} https://…
Node             NODE_EXTRA_CA_CERTS=${quoted} node …
Debian, Ubuntu   sudo cp ${quoted} /usr/local/share/ca-certificates/portward-local.crt && sudo update-ca-certificates
Fedora, RHEL     sudo trust anchor ${quoted}
macOS            sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ${quoted}
Windows          certutil -addstore -user Root root.crt
Chromium, Linux  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n portward-local -i ${quoted}
Firefox          Settings, Privacy & Security, View Certificates, Authorities, Import
`;
}

function shellQuoted(text: string): string {
  return /^[\w./~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const MOST_BYTES = 64 * 1024;
