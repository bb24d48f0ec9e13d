/** The media types of gRPC-Web and of gRPC: what follows them (`+proto`, parameters) is the same in both. */

export interface WebCall {
  /** The body is base64, both ways. */
  readonly isText: boolean;
  /** What a server of gRPC is told. */
  readonly callType: string;
}

/** Null for what is no call of gRPC-Web. */
export function webCallOf(contentType: string): WebCall | null {
  const [, web, text, rest] = FORM.exec(contentType) ?? [];
  if (web === undefined) return null;
  return { isText: text !== undefined, callType: `${GRPC}${rest}` };
}

/** The type of an answer to such a call; null for what is no answer of gRPC. */
export function webTypeOf(contentType: string, isText: boolean): string | null {
  const [, web, , rest] = FORM.exec(contentType) ?? [];
  return web !== undefined || rest === undefined ? null : `${GRPC}-web${isText ? "-text" : ""}${rest}`;
}

export function isGrpc(contentType: string): boolean {
  const match = FORM.exec(contentType);
  return match !== null && match[1] === undefined;
}

const GRPC = "application/grpc";
/** Names of media types know no letter case (RFC 9110 section 8.3.1). */
const FORM = /^application\/grpc(-web(-text)?)?((?:[+;].*)?)$/i;
