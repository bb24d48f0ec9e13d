/** Why a start or a reload did not happen, in words for whoever runs the proxy. */
import type { TlsFault } from "../certificates/read-tls.ts";
import type { CompileFailure } from "../compile/compile-snapshot.ts";
import type { Configuration, ListenerModel, Origin } from "../config/model.ts";

export interface StartFailure {
  readonly code: string;
  readonly message: string;
  readonly listener: string | null;
  readonly origin: Origin | null;
}

/** @param cause the system's word */
export function bindFailure(model: ListenerModel, cause: string): StartFailure {
  const message = `listener '${model.name}' cannot be opened: ${reason(REASONS, cause)}`;
  return { code: "listener.bind", message, listener: model.name, origin: model.origin };
}

export function compileFailure(
  { code, message, listener, route }: CompileFailure,
  model: ListenerModel,
  { routes }: Configuration,
): StartFailure {
  const origin = routes.find(({ label }) => label === route)?.origin ?? model.origin;
  return { code, message, listener, origin };
}

export function logFailure(path: string, cause: string): StartFailure {
  const message = `\`settings.access_log\`: ${path} cannot be opened: ${reason(FILE_REASONS, cause)}`;
  return { code: "access_log.open", message, listener: null, origin: null };
}

export function certificateFailure({ code, message, origin }: TlsFault): StartFailure {
  return { code, message, listener: null, origin };
}

export function adminFailure(address: string, cause: string): StartFailure {
  const message = `the admin address ${address} cannot be opened: ${reason(REASONS, cause)}; choose another with --admin, or --admin off`;
  return { code: "admin.bind", message, listener: null, origin: null };
}

/** Whoever is about to leave takes no new orders. */
export const STOPPING: StartFailure = {
  code: "reload.stopping",
  message: "the proxy is draining or has stopped: its configuration stays as it is",
  listener: null,
  origin: null,
};

/** Another worker could not follow. */
export const CALLED_OFF: StartFailure = {
  ...STOPPING,
  code: "reload.called_off",
  message: "it was called off",
};

function reason(words: Readonly<Record<string, string>>, cause: string): string {
  return `${words[cause] ?? "the system refused"} (${cause})`;
}

const NO_FOLDER = "the folder does not exist";
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process listens there",
  EACCES: "this user may not (ports below 1024 need a capability)",
  EADDRNOTAVAIL: "this machine does not have that address",
  ENOENT: NO_FOLDER,
};
const FILE_REASONS: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EISDIR: "it is a folder",
  ENOENT: NO_FOLDER,
};
