/**
 * Services as targets. Outside of the cluster's own balancing there is one address per service, its name in the
 * cluster's DNS; a port that is a name is looked up in the service, when that is among the files.
 */
import { quoted } from "../../diagnostics/wording.ts";
import type { ConfigNode } from "../../source/config-node.ts";
import type { Findings } from "../findings.ts";
import type { FieldReader } from "../tree/field-reader.ts";
import type { KubernetesObject } from "./objects.ts";

export interface ServiceReference {
  readonly name: string;
  readonly namespace: string;
  /** A number, or the name of a port. */
  readonly port: string;
}

export class Services {
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #fields: FieldReader;
  readonly #findings: Findings;
  readonly #noted = new Set<string>();

  constructor(objects: readonly KubernetesObject[], fields: FieldReader, findings: Findings) {
    this.#fields = fields;
    this.#findings = findings;
    for (const object of objects) {
      if (object.kind !== "Service") continue;
      this.#objects.set(`${object.namespace}/${object.name}`, object);
      const message = `Service ${quoted(object.name)} was read for its ports; what is behind it is the cluster's`;
      findings.note("convert.not_needed", object.root, message);
    }
  }

  /** `api.shop.svc.cluster.local:80`; null after an error. */
  addressOf(reference: ServiceReference, place: ConfigNode): string | null {
    const { name, namespace } = reference;
    const service = this.#objects.get(`${namespace}/${name}`);
    const port = this.#portOf(reference, service, place);
    if (port === null) return null;
    const external =
      service === undefined ? null : this.#fields.text(service.spec ?? undefined, "externalName");
    const address = `${external ?? `${name}.${namespace}.svc.cluster.local`}:${port}`;
    if (!this.#noted.has(address)) {
      this.#noted.add(address);
      const message = `the service ${quoted(name)} is reached at ${quoted(address)}, wherever that name resolves`;
      this.#findings.note("convert.differs", place, message);
    }
    return address;
  }

  #portOf(
    { name, port }: ServiceReference,
    service: KubernetesObject | undefined,
    place: ConfigNode,
  ): number | null {
    const number = /^[0-9]{1,5}$/.test(port) ? Number(port) : null;
    const ports = service === undefined ? [] : this.#fields.list(service.spec ?? undefined, "ports");
    const entry = ports.find((each) => {
      return number === null
        ? this.#fields.text(each, "name") === port
        : this.#fields.integer(each, "port") === number;
    });
    if (entry !== undefined) return this.#reachedPort(service!, entry);
    if (number !== null) return number;
    const message = `the port ${quoted(port)} of the service ${quoted(name)} has no number in these files`;
    const suggestion = "give the file with the Service as well";
    this.#findings.error("convert.reference", place, message, { suggestion });
    return null;
  }

  /** Without an address of its own, a service's name stands for its pods, which listen on another port. */
  #reachedPort(service: KubernetesObject, entry: ConfigNode): number | null {
    const port = this.#fields.integer(entry, "port");
    if (this.#fields.text(service.spec ?? undefined, "clusterIP") !== "None") return port;
    const target = this.#fields.text(entry, "targetPort");
    return target !== null && /^[0-9]{1,5}$/.test(target) ? Number(target) : port;
  }
}

/** For an upstream: the service, with its namespace when that says more. */
export function serviceUpstreamName({ name, namespace }: ServiceReference): string {
  return namespace === "default" ? name : `${namespace}-${name}`;
}
