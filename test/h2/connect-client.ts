/** Calls by Connect's client for browsers, in its gRPC-Web form; the service is described here, not generated. */
import { create, createFileRegistry, type DescService } from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_wrappers,
  type StringValue,
  StringValueSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

export interface ConnectResults {
  readonly one: string;
  readonly header: string | null;
  readonly trailer: string | null;
  readonly many: readonly string[];
  readonly failure: string;
}

export async function callWithConnect(baseUrl: string): Promise<ConnectResults> {
  const transport = createGrpcWebTransport({ baseUrl });
  const service = cart();
  const unary = (method: string, value: string, headers?: Record<string, string>) =>
    transport.unary(
      service.method[method] as never,
      undefined,
      undefined,
      headers,
      create(StringValueSchema, { value }),
    );
  const one = await unary("same", "hello", { "x-sent": "from connect" });
  const stream = await transport.stream(
    service.method["many"] as never,
    undefined,
    undefined,
    { "x-count": "3" },
    only(create(StringValueSchema, { value: "again" })),
  );
  const many: string[] = [];
  for await (const message of stream.message) many.push((message as unknown as StringValue).value);
  const failure = await unary("fail", "x").then(
    () => "none",
    (error: unknown) => {
      const { code, rawMessage } = ConnectError.from(error);
      return `${Code[code].replace(/(?!^)[A-Z]/g, "_$&").toLowerCase()} ${rawMessage}`;
    },
  );
  return {
    one: (one.message as unknown as StringValue).value,
    header: one.header.get("x-got"),
    trailer: one.trailer.get("x-trailer"),
    many,
    failure,
  };
}

function cart(): DescService {
  const type = ".google.protobuf.StringValue";
  const method = (name: string, serverStreaming: boolean) => ({
    name,
    inputType: type,
    outputType: type,
    serverStreaming,
  });
  const file = create(FileDescriptorProtoSchema, {
    name: "cart.proto",
    package: "shop",
    syntax: "proto3",
    dependency: ["google/protobuf/wrappers.proto"],
    service: [{ name: "Cart", method: [method("Same", false), method("Many", true), method("Fail", false)] }],
  });
  const set = create(FileDescriptorSetSchema, { file: [file_google_protobuf_wrappers.proto, file] });
  return createFileRegistry(set).getService("shop.Cart")!;
}

async function* only(message: StringValue) {
  yield message as never;
}
