/** `upstream` blocks: targets with their weights, and how one is chosen. */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive, type Word } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import type { TargetDraft, UpstreamDraft } from "../draft/document-draft.ts";
import type { DraftBuilder } from "../draft/draft-builder.ts";
import type { Findings } from "../findings.ts";
import { targetAddress } from "../http/target.ts";

/** The `upstream` blocks of `http` or `stream`; each becomes a native one when the first route uses it. */
export class UpstreamBlocks {
  readonly #blocks = new Map<string, Scope>();
  readonly #names = new Map<string, string | null>();
  readonly #builder: DraftBuilder;
  readonly #findings: Findings;

  constructor(scopes: readonly Scope[], builder: DraftBuilder, findings: Findings) {
    this.#builder = builder;
    this.#findings = findings;
    for (const scope of scopes) {
      const name = argument(scope.directive!, 0);
      if (this.#blocks.has(name)) {
        findings.error(
          "convert.value",
          scope.directive!.head,
          `there are two upstreams with the name ${quoted(name)}`,
        );
      } else this.#blocks.set(name, scope);
    }
  }

  has(name: string): boolean {
    return this.#blocks.has(name);
  }

  /** The native name; null when the block has no target, which is an error that has been told. */
  use(name: string): string | null {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const scope = this.#blocks.get(name)!;
    const targets = readTargets(scope, this.#findings);
    const directive = scope.directive!;
    if (scope.peek("server").length === 0) {
      this.#findings.error("convert.value", directive.head, `the upstream ${quoted(name)} has no server`);
    }
    const balance = readBalance(scope, this.#findings);
    const native = targets.length === 0 ? null : this.#builder.upstream(name, targets, balance, directive);
    this.#names.set(name, native);
    return native;
  }

  /** Call once, when all routes have been made. */
  reportUnused(): void {
    for (const [name, scope] of this.#blocks) {
      if (this.#names.has(name)) continue;
      const { directive } = scope;
      scope.markLeftOut(directive!);
      const message = `the upstream ${quoted(name)} was left out: nothing that was converted uses it`;
      this.#findings.note("convert.unreachable", directive!.head, message);
    }
  }
}

function readTargets(scope: Scope, findings: Findings): TargetDraft[] {
  return scope.own("server").flatMap((server) => readTarget(server, findings) ?? []);
}

function readTarget(server: Directive, findings: Findings): TargetDraft | null {
  const address = targetAddress(argument(server, 0), 80);
  if (address === null) {
    findings.error(
      "convert.value",
      server.head,
      `${quoted(argument(server, 0))} is not the address of a server`,
    );
    return null;
  }
  let weight = 1;
  let isSpare = false;
  for (const option of server.words.slice(1)) {
    if (option.text === "backup") isSpare = true;
    else weight = weightOf(option, weight, findings);
  }
  return isSpare ? { address, weight, spare: true } : { address, weight };
}

function weightOf(option: Word, weight: number, findings: Findings): number {
  const [name, value = ""] = option.text.split("=");
  if (name === "down") return 0;
  if (name === "weight" && /^[0-9]{1,5}$/.test(value)) return weight === 0 ? 0 : Number(value);
  const reason = OPTIONS.get(name!);
  if (reason === undefined) {
    findings.note(
      "convert.unknown",
      option,
      `the parameter ${quoted(option.text)} of \`server\` is not known`,
    );
  } else
    findings.note("convert.not_carried", option, `${quoted(option.text)} is not carried over: ${reason}`);
  return weight;
}

/** nginx takes servers in turn unless another way is named. */
function readBalance(scope: Scope, findings: Findings): UpstreamDraft["balance"] {
  const method = scope.own("least_conn", "random", "hash", "ip_hash", "least_time").at(-1);
  if (method === undefined) return "round_robin";
  if (method.name === "random") return argument(method, 0) === "two" ? "p2c" : "random";
  if (method.name === "least_conn") return "least_requests";
  if (method.name === "ip_hash") {
    const message = "the client's whole address decides, not the first three numbers of it";
    findings.note("convert.differs", method.head, message);
    return { policy: "hash", by: "source" };
  }
  const message = `${quoted(method.label)} is not carried over: a client does not always get the same target`;
  findings.note("convert.not_carried", method.head, message);
  return "round_robin";
}

const HEALTH = "five failures in a row take a target out; see `outliers`";
const OPTIONS = new Map([
  ["max_fails", HEALTH],
  ["fail_timeout", HEALTH],
  ["max_conns", "see `requests_per_target` of `breaker`"],
  ["slow_start", "see `slow_start` of `balance`"],
  ["resolve", "names are resolved again while running anyway"],
  ["route", "see `sticky` of `balance`"],
  ["service", "SRV records are not asked for"],
  ["drain", "see `portward drain`"],
]);
