/**
 * nginx and its conversion on random locations: for every request, the same location and the same path upstream.
 * One nginx serves all servers, told apart by name; the conversion is asked without a socket. Left out is what
 * docs/converting.md says is not alike: prefixes that end inside of a segment, and prefixes within `^~` ones.
 */
import { afterAll, expect, test } from "bun:test";
import { Agent, createServer, request as httpRequest, type Server } from "node:http";
import { createRandom, type Random, randomBelow } from "../../src/base/random.ts";
import { convertFiles } from "../../src/config/formats/convert.ts";
import { nginx } from "../../src/config/formats/nginx/index.ts";
import { parseConfiguration } from "../../src/config/load.ts";
import type { Configuration } from "../../src/config/model.ts";
import { memoryFiles } from "../config/memory-files.ts";
import { outcomesOf } from "../convert/outcome.ts";
import { freePort } from "../support/free-port.ts";
import { program } from "./programs.ts";
import { Scene } from "./scene.ts";

const servers: Server[] = [];

afterAll(() => {
  for (const server of servers) server.close();
});

test("random locations are converted without a difference", async () => {
  await using scene = await Scene.open();
  const random = createRandom([2, 7, 1, 8]);
  const port = freePort();
  const targets = await Promise.all(Array.from({ length: MOST_LOCATIONS }, startOrigin));
  const written = Array.from({ length: SERVERS }, (_, index) => randomServer(random, index, port, targets));
  const text = `http { ${written.join("\n")} }`;
  await startNginx(scene, text, port);
  const configuration = await convert(text);
  const outcomeOf = outcomesOf(configuration);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const different: string[] = [];
  for (const [index, server] of written.entries()) {
    for (let count = 0; count < REQUESTS; count++) {
      const url = `http://s${index}.example:${port}${randomPath(random)}`;
      const before = await ask(agent, port, url);
      const after = withPort(configuration, outcomeOf(`GET ${url}`));
      if (before !== after) different.push(`${url}: ${before} before, ${after} after\n${server}`);
    }
  }
  agent.destroy();
  expect(different.slice(0, 3)).toEqual([]);
}, 120_000);

async function convert(text: string): Promise<Configuration> {
  const { yaml, findings } = await convertFiles(nginx, ["nginx.conf"], memoryFiles({ "nginx.conf": text }));
  if (yaml === null) throw new Error(JSON.stringify(findings.filter(({ severity }) => severity === "error")));
  const loaded = parseConfiguration("converted.yaml", yaml);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.configuration;
}

/** The target's port in place of the upstream's name: a name is ours, the port is what nginx was told. */
function withPort({ upstreams }: Configuration, outcome: string): string {
  const [name] = outcome.split(" ");
  const [target] = upstreams.find((upstream) => upstream.name === name)?.targets ?? [];
  return target?.address.kind === "tcp" ? outcome.replace(name!, String(target.address.port)) : outcome;
}

function ask(agent: Agent, port: number, url: string): Promise<string> {
  const [, host, path] = /^http:\/\/([^/:]+):\d+(.*)$/.exec(url)!;
  return new Promise((resolve, reject) => {
    const options = { agent, port, host: "127.0.0.1", path: path!, headers: { host: host! } };
    const asked = httpRequest(options, (answer) => {
      answer.resume();
      const location = answer.headers.location?.replace(`http://${host}:${port}`, "");
      const target = answer.headers["x-upstream"] as string | undefined;
      const own = location === undefined ? String(answer.statusCode) : `${answer.statusCode} ${location}`;
      answer.on("end", () => resolve(target ?? own));
    });
    asked.on("error", reject);
    asked.end();
  });
}

function startOrigin(): Promise<number> {
  const server = createServer((request, response) => {
    response.setHeader("x-upstream", `${(server.address() as { port: number }).port} ${request.url}`);
    response.end();
  });
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
}

async function startNginx(scene: Scene, text: string, port: number): Promise<void> {
  const file = scene.path("nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${scene.directory}/nginx-${kind};`)
    .join(" ");
  const own = `daemon off; pid ${scene.path("nginx.pid")}; events { }`;
  const sizes = "server_names_hash_max_size 4096; access_log off; keepalive_requests 1000000;";
  await Bun.write(file, `${own} ${text.replace("http {", `http { ${sizes} ${temporary}`)}`);
  await scene.startOn(port, "nginx", [program("nginx"), "-p", scene.directory, "-e", "stderr", "-c", file]);
}

/** Each location has a target of its own, so that it is seen which one was taken. */
function randomServer(random: Random, index: number, port: number, targets: readonly number[]): string {
  const locations = new Map<string, string>();
  for (let count = 1 + randomBelow(random, MOST_LOCATIONS); count > 0; count--) {
    const [matcher, prefix] = randomMatcher(random);
    // nginx takes `^~ /a` and `/a` for the same location.
    if (locations.has(matcher) || locations.has(`^~ ${matcher}`) || locations.has(matcher.slice(3))) continue;
    locations.set(matcher, randomAction(random, prefix, targets[count - 1]!));
  }
  const blocks = [...locations].map(([matcher, action]) => `location ${matcher} { ${action} }`);
  const first = index === 0 ? "default_server" : "";
  const names = `listen 127.0.0.1:${port} ${first}; server_name s${index}.example;`;
  return `server { ${names} ${blocks.join(" ")} ${locations.has("/") ? "" : "location / { return 404; }"} }`;
}

function randomMatcher(random: Random): [matcher: string, prefix: string | null] {
  const path = `/${words(random, 3).join("/").replaceAll("d", "c")}`;
  const slashed = randomBelow(random, 2) === 0 && path !== "/" ? `${path}/` : path;
  switch (randomBelow(random, 5)) {
    case 0:
      return [`= ${slashed}`, slashed];
    case 1:
      return [`^~ /d${slashed}`, `/d${slashed}`];
    case 2:
      return [pick(random, PATTERNS), null];
    default:
      return [slashed, slashed];
  }
}

function randomAction(random: Random, prefix: string | null, port: number): string {
  const target = `http://127.0.0.1:${port}`;
  switch (randomBelow(random, 4)) {
    case 0:
      return `return 302 http://elsewhere.example/${port}$uri;`;
    case 1:
      return `proxy_pass ${target}${prefix === null ? "" : pick(random, ["/", "/t", "/t/", ""])};`;
    case 2:
      return `rewrite ^/([a-c]+)/(.*)$ /t/$2/$1 break; proxy_pass ${target};`;
    default:
      return `return 403;`;
  }
}

function randomPath(random: Random): string {
  const path = `/${words(random, 4).join("/")}`;
  const ending = pick(random, ["", "/", "/x.png", "/x.PNG", "?q=1", "/?q=1"]);
  return path === "/" ? `/${ending.replace(/^\//, "")}` : path + ending;
}

function words(random: Random, most: number): string[] {
  return Array.from({ length: randomBelow(random, most + 1) }, () => pick(random, ["a", "b", "c", "d"]));
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[randomBelow(random, from.length)]!;
}

const PATTERNS = ["~ ^/a", "~ \\.png$", "~* \\.png$", "~ ^/b/(c|a)", "~ /c/", "~ ^/[ab]/b$"];
const MOST_LOCATIONS = 7;
const SERVERS = 300;
const REQUESTS = 100;
