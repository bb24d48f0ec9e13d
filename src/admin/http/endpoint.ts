/** One thing that can be asked of the admin address: read by the server and by the OpenAPI document alike. */
import type { z } from "zod";
import type { AdminSource } from "../source.ts";
import type { Reply } from "./reply.ts";

export interface Endpoint {
  readonly method: "GET" | "POST";
  /** `{name}` at the end takes all that follows, slashes included. */
  readonly path: `/${string}`;
  readonly summary: string;
  /** What the path's end is called and what it is, for the document. */
  readonly parameter?: { readonly name: string; readonly description: string };
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** By status. What every endpoint may answer besides (401, 403, 404 …) is not repeated. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Answers whoever asks. */
  readonly isProbe?: boolean;
  readonly handle: (source: AdminSource, asked: Asked) => Promise<Reply> | Reply;
}

export interface Answer {
  readonly description: string;
  readonly schema: z.ZodType;
}

/** Checked against the endpoint's own schemas. */
export interface Asked {
  /** What the path ends in, decoded; "" when the endpoint takes nothing. */
  readonly parameter: string;
  readonly query: unknown;
  readonly body: unknown;
}

/** An endpoint whose handler knows the types of what its schemas let through. */
export function endpoint<
  Q extends z.ZodObject = z.ZodObject<Record<never, never>>,
  B extends z.ZodType = z.ZodUndefined,
>(
  definition: Omit<Endpoint, "query" | "body" | "handle"> & {
    readonly query?: Q;
    readonly body?: B;
    readonly handle: (
      source: AdminSource,
      asked: { readonly parameter: string; readonly query: z.output<Q>; readonly body: z.output<B> },
    ) => Promise<Reply> | Reply;
  },
): Endpoint {
  return definition as Endpoint;
}
