/**
 * Streams of gRPC from @grpc/grpc-js to @grpc/grpc-js, as long as one likes, with a reader that stops in the middle: the
 * sender's count stands still then, and says how much is under way between them.
 */
import type { NodePeer, NodeTools } from "./node-peer.ts";

export const MESSAGE_BYTES: number = 256 * 1024;

export interface StreamEnd {
  /** Messages that came as they were sent, in their order. */
  readonly right: number;
  readonly code: number;
  /** Bytes that the sender had handed to gRPC, and the reader had got, when nothing moved any more. */
  readonly sentAhead: number;
}

/** `Down` sends so many messages as the first four bytes say; `Up` counts; `Sent` and `Go` are about the one under way. */
export function startStreamServer(node: NodePeer): Promise<number> {
  return node.run(async ({ grpc, grpcMethod, listenGrpc }, messageBytes) => {
    const method = (name: string, requestStream: boolean, responseStream: boolean) =>
      grpcMethod(`/test.Streams/${name}`, requestStream, responseStream);
    const message = (index: number) => Buffer.alloc(messageBytes, index & 255);
    let moved = 0;
    let go = (): void => {};
    type Answer = (error: null, value: Buffer) => void;
    const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
    server.addService(
      {
        Down: method("Down", false, true),
        Up: method("Up", true, false),
        Moved: method("Moved", false, false),
        Go: method("Go", false, false),
      } as never,
      {
        Down: async (call: import("@grpc/grpc-js").ServerWritableStream<Buffer, Buffer>) => {
          moved = 0;
          for (let index = 0; index < call.request.readUInt32BE(0); index++) {
            moved += messageBytes;
            if (!call.write(message(index))) await new Promise((resolve) => call.once("drain", resolve));
          }
          call.end();
        },
        Up: (call: import("@grpc/grpc-js").ServerReadableStream<Buffer, Buffer>, done: Answer) => {
          moved = 0;
          let right = 0;
          go = () => call.resume();
          call.on("data", (value: Buffer) => {
            moved += value.length;
            if (value.length === messageBytes && value[0] === (right & 255) && value.at(-1) === value[0])
              right++;
            if (moved === messageBytes * 16) call.pause();
          });
          call.on("end", () => {
            const result = Buffer.alloc(4);
            result.writeUInt32BE(right);
            done(null, result);
          });
        },
        Moved: (_: object, done: Answer) => done(null, Buffer.from(String(moved))),
        Go: (_: object, done: Answer) => {
          go();
          done(null, Buffer.alloc(0));
        },
      } as never,
    );
    return listenGrpc(server);
  }, MESSAGE_BYTES);
}

interface Scene {
  readonly port: number;
  readonly messages: number;
  readonly messageBytes: number;
}

/** The client reads sixteen messages, stops until nothing moves, and reads the rest. */
export function streamDown(node: NodePeer, port: number, messages: number): Promise<StreamEnd> {
  const scene = { port, messages, messageBytes: MESSAGE_BYTES };
  return node.run(async ({ grpc, later }: NodeTools, { port, messages, messageBytes }: Scene) => {
    const options = { "grpc.max_receive_message_length": -1 };
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
    later(() => client.close());
    const plain = (value: Buffer) => value;
    const moved = () =>
      new Promise<number>((resolve, reject) =>
        client.makeUnaryRequest("/test.Streams/Moved", plain, plain, Buffer.alloc(0), (error, value) =>
          error === null ? resolve(Number(value)) : reject(error),
        ),
      );
    const still = async (): Promise<number> => {
      for (let before = -1; ; ) {
        const now = await moved();
        if (now === before) return now;
        before = now;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    };
    const request = Buffer.alloc(4);
    request.writeUInt32BE(messages);
    const call = client.makeServerStreamRequest("/test.Streams/Down", plain, plain, request);
    let right = 0;
    let bytes = 0;
    let sentAhead = 0;
    call.on("data", (value: Buffer) => {
      bytes += value.length;
      if (value.length === messageBytes && value[0] === (right & 255) && value.at(-1) === value[0]) right++;
      if (bytes !== messageBytes * 16) return;
      call.pause();
      void still().then((sent) => {
        sentAhead = sent - bytes;
        call.resume();
      });
    });
    const { code } = await new Promise<{ code: number }>((resolve) => {
      call.on("error", () => {});
      call.on("status", (status) => setImmediate(() => resolve(status)));
    });
    return { right, code, sentAhead };
  }, scene);
}

/** The same the other way: the server stops after sixteen messages, and the client tells it to go on. */
export function streamUp(node: NodePeer, port: number, messages: number): Promise<StreamEnd> {
  const scene = { port, messages, messageBytes: MESSAGE_BYTES };
  return node.run(async ({ grpc, later }: NodeTools, { port, messages, messageBytes }: Scene) => {
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    later(() => client.close());
    const plain = (value: Buffer) => value;
    const ask = (method: string) =>
      new Promise<string>((resolve, reject) =>
        client.makeUnaryRequest(`/test.Streams/${method}`, plain, plain, Buffer.alloc(0), (error, value) =>
          error === null ? resolve(String(value)) : reject(error),
        ),
      );
    let sent = 0;
    let sentAhead = 0;
    const still = async (): Promise<void> => {
      for (let before = -1; before !== sent || sent < messageBytes * 17; ) {
        before = sent;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      sentAhead = sent - Number(await ask("Moved"));
      await ask("Go");
    };
    const { code, right } = await new Promise<{ code: number; right: number }>((resolve) => {
      const call = client.makeClientStreamRequest("/test.Streams/Up", plain, plain, (error, value) =>
        resolve({ code: error?.code ?? 0, right: value?.readUInt32BE(0) ?? 0 }),
      );
      const stopped = still();
      const send = (): void => {
        while (sent < messages * messageBytes) {
          const index = sent / messageBytes;
          sent += messageBytes;
          if (!call.write(Buffer.alloc(messageBytes, index & 255))) return void call.once("drain", send);
        }
        void stopped.then(() => call.end());
      };
      send();
    });
    return { right, code, sentAhead };
  }, scene);
}
