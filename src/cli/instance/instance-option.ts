/** `--admin HOST:PORT` of the commands that talk to a running instance. */
import { InvalidArgumentError, Option } from "commander";
import { DEFAULT_ADMIN_ADDRESS, parseAdminAddress } from "../admin-option.ts";

export function instanceOption(): Option {
  return new Option("--admin <host:port>", "the admin address of the running instance")
    .default(DEFAULT_ADMIN_ADDRESS)
    .argParser((text) => {
      if (text === "off") throw new InvalidArgumentError("Expected HOST:PORT, such as 127.0.0.1:9180.");
      return parseAdminAddress(text);
    });
}

/** Of commands that need no instance: whoever names one means to ask it. */
export function liveInstanceOption(): Option {
  return instanceOption().implies({ live: true });
}

export const TOKEN_HELP = `
The token, where the instance asks for one, is taken from PORTWARD_ADMIN_TOKEN. Where it
speaks TLS, PORTWARD_ADMIN_CA is the file of its CA, and PORTWARD_ADMIN_CERT and
PORTWARD_ADMIN_KEY are what is shown to it.`;
