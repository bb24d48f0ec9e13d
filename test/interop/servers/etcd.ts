/** An etcd of one member. */
import { freePort } from "../../support/free-port.ts";
import { program } from "../programs.ts";
import type { Scene, Server } from "../scene.ts";

export interface Etcd {
  readonly url: string;
  readonly server: Server;
}

export async function startEtcd(scene: Scene): Promise<Etcd> {
  const [client, peer] = [freePort(), freePort()];
  const [url, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const options = [
    "--data-dir",
    scene.path("etcd"),
    "--listen-client-urls",
    url,
    "--advertise-client-urls",
    url,
  ];
  const peers = ["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl];
  const command = [program("etcd"), ...options, ...peers, "--initial-cluster", `default=${peerUrl}`];
  return { url, server: await scene.startOn(client, "etcd", command) };
}
