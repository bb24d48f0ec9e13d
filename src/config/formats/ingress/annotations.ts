/**
 * The annotations of an Ingress. Those of the nginx controller are read as that controller reads them; all others
 * are told, because a single one can mean that nobody may come in.
 */
import { didYouMean } from "../../diagnostics/near-miss.ts";
import { quoted } from "../../diagnostics/wording.ts";
import { formatDuration } from "../../values/duration.ts";
import { formatSize } from "../../values/size.ts";
import type { LimitsDraft, TimeoutsDraft } from "../draft/document-draft.ts";
import type { Findings } from "../findings.ts";
import type { Annotation } from "../kubernetes/objects.ts";
import { CLOSING, KNOWN, NOT_CARRIED, OTHER, UNNEEDED } from "./known-annotations.ts";

export interface IngressOptions {
  readonly rewriteTarget: Annotation | null;
  /** Paths are patterns. */
  readonly usesPatterns: boolean;
  /** Not everybody may come in, or what is spoken behind is not HTTP: the status of all answers. */
  readonly closed: 403 | 501 | null;
  readonly redirect: { readonly to: string; readonly status: number } | null;
  readonly appRoot: string | null;
  readonly timeouts: Readonly<TimeoutsDraft>;
  readonly limits: Readonly<LimitsDraft>;
  /** There are annotations of that controller. */
  readonly isNginx: boolean;
}

export function readOptions(annotations: readonly Annotation[], findings: Findings): IngressOptions {
  const reader = new OptionsReader(annotations, findings);
  for (const annotation of annotations) reader.read(annotation);
  return reader.options();
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class OptionsReader {
  readonly #findings: Findings;
  readonly #byName: ReadonlyMap<string, string>;
  readonly #timeouts: TimeoutsDraft = {};
  readonly #limits: LimitsDraft = {};
  readonly #options: Mutable<Omit<IngressOptions, "timeouts" | "limits">> = {
    rewriteTarget: null,
    usesPatterns: false,
    closed: null,
    redirect: null,
    appRoot: null,
    isNginx: false,
  };

  constructor(annotations: readonly Annotation[], findings: Findings) {
    this.#findings = findings;
    this.#byName = new Map(annotations.map(({ name, text }) => [name, text]));
  }

  options(): IngressOptions {
    return { ...this.#options, timeouts: this.#timeouts, limits: this.#limits };
  }

  read(annotation: Annotation): void {
    if (!annotation.name.startsWith(NGINX)) {
      this.#other(annotation);
      return;
    }
    this.#options.isNginx = true;
    const name = annotation.name.slice(NGINX.length);
    if (CLOSING.test(name) && annotation.text !== "false") this.#close(annotation, name);
    else this.#one(name, annotation);
  }

  #one(name: string, annotation: Annotation): void {
    const { text } = annotation;
    switch (name) {
      case "rewrite-target":
        this.#options.rewriteTarget = annotation;
        this.#options.usesPatterns = true;
        return;
      case "use-regex":
        if (text === "true") this.#options.usesPatterns = true;
        return;
      case "app-root":
        this.#options.appRoot = text;
        return;
      case "permanent-redirect":
        this.#redirect(annotation, Number(this.#byName.get(`${NGINX}permanent-redirect-code`) ?? 301));
        return;
      case "permanent-redirect-code":
        return;
      case "temporal-redirect":
        this.#redirect(annotation, 302);
        return;
      case "backend-protocol":
        if (text.toUpperCase() !== "HTTP") this.#protocol(annotation);
        return;
      case "proxy-body-size":
        this.#size(annotation);
        return;
      case "proxy-connect-timeout":
        this.#seconds(annotation, "connect");
        return;
      case "proxy-read-timeout":
        this.#seconds(annotation, "response", "idle");
        return;
      default:
        this.#unread(name, annotation);
    }
  }

  #close({ node }: Annotation, name: string): void {
    this.#options.closed = 403;
    const message = `${quoted(name)} is not carried over; the requests of this Ingress are answered with 403`;
    this.#findings.note("convert.closed", node, message, {
      suggestion: "write the `upstream` in place of `respond` where everybody may",
    });
  }

  /** nginx takes the text as it is; without a `?`, Portward would add the query of the request. */
  #redirect({ node, text }: Annotation, status: number): void {
    if (text.includes("$")) {
      this.#options.closed ??= 501;
      this.#findings.note("convert.closed", node, "variables are not carried over; the answer is 501");
    } else this.#options.redirect = { to: text.includes("?") ? text : `${text}?`, status };
  }

  #protocol({ node, text }: Annotation): void {
    this.#options.closed ??= 501;
    this.#findings.note(
      "convert.closed",
      node,
      `${quoted(text)} is not spoken to upstreams yet; the answer is 501`,
    );
  }

  #size({ node, text }: Annotation): void {
    const [, digits, unit = ""] = /^([0-9]{1,12})([kmg]?)$/i.exec(text) ?? [];
    if (digits === undefined) this.#findings.error("convert.value", node, `${quoted(text)} is not a size`);
    else if (Number(digits) === 0) this.#limits.body = "off";
    else this.#limits.body = formatSize(Number(digits) * 1024 ** UNITS.indexOf(unit.toLowerCase()));
  }

  #seconds({ node, text }: Annotation, ...keys: readonly (keyof TimeoutsDraft)[]): void {
    const [, digits] = /^([0-9]{1,8})s?$/.exec(text) ?? [];
    if (digits === undefined || Number(digits) === 0) {
      this.#findings.error("convert.value", node, `${quoted(text)} is not a number of seconds`);
      return;
    }
    for (const key of keys) this.#timeouts[key] = formatDuration(Number(digits) * 1000);
  }

  #unread(name: string, { node, text }: Annotation): void {
    const reason = NOT_CARRIED.get(name);
    const off = /^(?:false|off|0)$/i.test(text);
    if (UNNEEDED.has(name) || (reason !== undefined && off)) {
      this.#findings.note(
        "convert.not_needed",
        node,
        `${quoted(name)} was left out: Portward does so anyway`,
      );
    } else if (reason !== undefined) {
      this.#findings.note("convert.not_carried", node, `${quoted(name)} is not carried over: ${reason}`);
    } else {
      const suggestion = didYouMean(name, KNOWN);
      const message = `the annotation ${quoted(name)} is not known and was left out`;
      this.#findings.note("convert.unknown", node, message, { suggestion });
    }
  }

  #other({ name, node }: Annotation): void {
    const reason = OTHER.find(([prefix]) => name.startsWith(prefix))?.[1];
    const code = reason === undefined ? "convert.unknown" : "convert.not_needed";
    const why = reason ?? "it is for another controller or tool";
    this.#findings.note(code, node, `the annotation ${quoted(name)} was left out: ${why}`);
  }
}

const NGINX = "nginx.ingress.kubernetes.io/";
const UNITS = ["", "k", "m", "g"];
