/** `<Proxy "balancer://name">` with its members, each balancer an upstream when the first route uses it. */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive, type Word } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import type { TargetDraft, UpstreamDraft } from "../draft/document-draft.ts";
import type { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import { parseBackendUrl } from "./backend-url.ts";

export interface UsedBalancer {
  readonly upstream: string;
  /** What all members have behind their address. */
  readonly path: string;
}

export class Balancers {
  readonly #sections = new Map<string, Scope>();
  readonly #used = new Map<string, UsedBalancer | null>();
  readonly #builder: DraftBuilder;
  readonly #findings: Findings;

  constructor(scopes: readonly Scope[], builder: DraftBuilder, findings: Findings) {
    this.#builder = builder;
    this.#findings = findings;
    for (const scope of scopes) this.#sections.set(balancerName(scope.directive!)!, scope);
  }

  /** Null after an error. */
  use(name: string, from: Directive): UsedBalancer | null {
    const known = this.#used.get(name);
    if (known !== undefined) return known;
    const section = this.#sections.get(name);
    if (section === undefined) {
      this.#findings.error(
        "convert.reference",
        from.head,
        `no \`<Proxy>\` defines ${quoted(`balancer://${name}`)}`,
      );
      return null;
    }
    const used = this.#read(name, section);
    this.#used.set(name, used);
    return used;
  }

  reportUnused(): void {
    for (const [name, { directive }] of this.#sections) {
      if (this.#used.has(name)) continue;
      const message = `${quoted(`balancer://${name}`)} was left out: nothing that was converted uses it`;
      this.#findings.note("convert.unreachable", directive!.head, message);
    }
  }

  #read(name: string, section: Scope): UsedBalancer | null {
    const directive = section.directive!;
    const paths = new Set<string>();
    const targets = section.own("balancermember").flatMap((member) => this.#member(member, paths) ?? []);
    const balance = this.#balance(section);
    if (targets.length === 0) {
      this.#findings.error("convert.value", directive.head, `${quoted(`balancer://${name}`)} has no member`);
      return null;
    }
    if (paths.size > 1) {
      this.#findings.error("convert.value", directive.head, "the members of a balancer have different paths");
      return null;
    }
    const upstream = this.#builder.upstream(name, targets, balance, directive);
    return { upstream, path: [...paths][0] ?? "" };
  }

  #member(member: Directive, paths: Set<string>): TargetDraft | null {
    const url = parseBackendUrl(argument(member, 0));
    if (url.kind !== "target") {
      const why = url.kind === "unserved" ? url.why : "it is not the URL of a server";
      this.#findings.error("convert.value", member.head, `${quoted(argument(member, 0))}: ${why}`);
      return null;
    }
    let weight = 1;
    let isSpare = false;
    for (const word of member.words.slice(1)) {
      const [key, value = ""] = word.text.toLowerCase().split("=");
      if (key === "status" && /\+?[hr]/.test(value)) isSpare = true;
      else if (key === "status" && /\+?[ds]/.test(value)) weight = 0;
      else if (key === "loadfactor" && Number(value) >= 1) weight = weightOf(value);
      else this.#noteOption(word);
    }
    paths.add(url.path);
    const { address } = url;
    return isSpare ? { address, weight, spare: true } : { address, weight };
  }

  #balance(section: Scope): UpstreamDraft["balance"] {
    let method = "byrequests";
    for (const set of section.own("proxyset")) {
      for (const word of set.words) {
        const [key, value = ""] = word.text.toLowerCase().split("=");
        if (key !== "lbmethod") this.#noteOption(word);
        else method = value;
        if (key === "lbmethod" && value !== "byrequests" && value !== "bybusyness") {
          const message = `instead of ${quoted(value)}, the least busy target is chosen`;
          this.#findings.note("convert.differs", word, message);
        }
      }
    }
    return method === "byrequests" ? "round_robin" : "least_requests";
  }

  #noteOption(word: Word): void {
    this.#findings.note("convert.not_carried", word, `${quoted(word.text)} is not carried over`);
  }
}

/** The name in `<Proxy "balancer://name">`, null for another section. */
export function balancerName(section: Directive): string | null {
  return /^balancer:\/\/([^/*?]+)\/?$/i.exec(argument(section, 0))?.[1] ?? null;
}

/** Fractions with two digits are allowed; the shares stay as they are when all are a hundred times as large. */
function weightOf(value: string): number {
  return Math.max(1, Math.round(Number(value)));
}
