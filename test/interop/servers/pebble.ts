/**
 * Pebble, the authority that Let's Encrypt's makers test with: it looks at hosts at ports of our choice, and every
 * name leads to 127.0.0.1. It refuses some nonces and keeps nothing, as its makers mean it to.
 */
import { certificatePath, pem } from "../../support/certificates.ts";
import { freePort } from "../../support/free-port.ts";
import { program } from "../programs.ts";
import type { Scene } from "../scene.ts";

export interface Pebble {
  readonly directory: string;
  /** A file of those that have signed the certificate of its own server. */
  readonly ca: string;
  /** The name server that it asks, and where that takes records: `/set-txt` and `/clear-txt`. */
  readonly names: string;
  readonly namesControl: string;
  /** Of what it has issued, in PEM. */
  root(): Promise<string>;
  /** `Valid` or `Revoked`, and why. */
  statusOf(serial: string): Promise<{ readonly Status: string; readonly Reason?: number }>;
}

export interface PebbleOptions {
  /** Where it looks at hosts over HTTP. */
  readonly httpPort: number;
  /** And by a handshake. */
  readonly tlsPort?: number;
  /** Seconds before a host is looked at; 0: at once. */
  readonly delay?: number;
  /** Whom it asks for records, in place of the name server beside it. */
  readonly nameServer?: string;
  /** Of a hundred requests, how many are refused for their nonce. */
  readonly refusedNonces?: number;
  /** Keys of accounts that exist elsewhere, by their ids: without one of them nobody has an account here. */
  readonly externalKeys?: Readonly<Record<string, string>>;
  /** Of what it issues, in seconds. */
  readonly lifetime?: number;
}

export async function startPebble(scene: Scene, options: PebbleOptions): Promise<Pebble> {
  const { httpPort, tlsPort = freePort(), delay = 0, lifetime = 90 * 86_400, externalKeys } = options;
  const { refusedNonces = 5, nameServer } = options;
  const [port, management, dns, control] = [freePort(), freePort(), freePort(), freePort()];
  const config = {
    pebble: {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: certificatePath("shop-chain.crt"),
      privateKey: certificatePath("shop.key"),
      httpPort,
      tlsPort,
      ocspResponderURL: "",
      externalAccountBindingRequired: externalKeys !== undefined,
      externalAccountMACKeys: externalKeys ?? {},
      certificateValidityPeriod: lifetime,
    },
  };
  await Bun.write(scene.path("pebble.json"), JSON.stringify(config));
  const names = ["-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", `127.0.0.1:${dns}`];
  const others = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", `127.0.0.1:${control}`];
  await scene.startOn(control, "names", [program("pebble-challtestsrv"), ...names, ...others]);
  const pace = delay === 0 ? ["PEBBLE_VA_NOSLEEP=1"] : [`PEBBLE_VA_SLEEPTIME=${delay}`];
  const command = [
    program("pebble"),
    "-config",
    scene.path("pebble.json"),
    "-dnsserver",
    nameServer ?? `127.0.0.1:${dns}`,
  ];
  const environment = [...pace, `PEBBLE_WFE_NONCEREJECT=${refusedNonces}`, "PEBBLE_AUTHZREUSE=0"];
  await scene.startOn(port, "pebble", ["env", ...environment, ...command]);
  return {
    directory: `https://127.0.0.1:${port}/dir`,
    ca: certificatePath("root.crt"),
    names: `127.0.0.1:${dns}`,
    namesControl: `http://127.0.0.1:${control}`,
    root: async () => {
      const answer = await fetch(`https://127.0.0.1:${management}/roots/0`, { tls: { ca: pem("root.crt") } });
      return answer.text();
    },
    statusOf: async (serial) => {
      const url = `https://127.0.0.1:${management}/cert-status-by-serial/${serial.toLowerCase().replace(/^0+/, "")}`;
      const answer = await fetch(url, { tls: { ca: pem("root.crt") } });
      return answer.json() as Promise<{ Status: string; Reason?: number }>;
    },
  };
}
