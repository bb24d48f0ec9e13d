/** Configurations of nginx. What docs/converting.md says is not alike (dot segments, some escapes) is left out. */
import type { ConversionScene } from "./conversion-bench.ts";

export const NGINX_SCENES: Readonly<Record<string, ConversionScene>> = {
  "prefixes, with and without a path of proxy_pass": {
    configuration: http(`
      location /plain/ { proxy_pass http://127.0.0.1:ONE; }
      location /root/ { proxy_pass http://127.0.0.1:ONE/; }
      location /moved/ { proxy_pass http://127.0.0.1:ONE/to/; }
      location /bare { proxy_pass http://127.0.0.1:TWO/bare2; }
      location /odd { proxy_pass http://127.0.0.1:TWO/; }
      location /even/ { proxy_pass http://127.0.0.1:TWO/app; }
      location = /exact { proxy_pass http://127.0.0.1:ONE/other; }
    `),
    requests: each("plain root moved bare odd even exact", (name) => [
      `GET shop.example/${name}`,
      `GET shop.example/${name}?a=1`,
      `GET shop.example/${name}/`,
      `GET shop.example/${name}/x/y?a=1&b=%20`,
      `GET shop.example/${name}/%C3%A4/x%20y`,
    ]),
  },
  "the longest prefix, exact before it, whatever the order": {
    configuration: http(`
      location / { proxy_pass http://127.0.0.1:ONE; }
      location /a/ { proxy_pass http://127.0.0.1:TWO; }
      location = /a/b { return 204; }
      location /a/b/ { proxy_pass http://127.0.0.1:ONE/deep/; }
    `),
    requests: ["", "a", "a/", "a/b", "a/b/", "a/b/c", "ab", "b"].map((path) => `GET shop.example/${path}`),
  },
  "patterns before prefixes, but not before ^~ and =": {
    configuration: http(`
      location / { proxy_pass http://127.0.0.1:ONE; }
      location /api { proxy_pass http://127.0.0.1:ONE/v1; }
      location /docs/ { proxy_pass http://127.0.0.1:ONE/; }
      location ^~ /static/ { proxy_pass http://127.0.0.1:TWO; }
      location = /logo.png { return 204; }
      location ~ \\.php$ { return 403; }
      location ~* \\.(png|jpg)$ { proxy_pass http://127.0.0.1:TWO; }
      location ~ ^/old/([a-z]+)/(.*)$ { return 301 /new/$2/$1; }
    `),
    requests: each(
      "/ /x /x.png /x.PNG /x.php /x.PHP /api /api/x /apix /api/x.png /docs /docs/ /docs/a /docs/a.jpg /static/a.png /static /logo.png /logo.pngx /old/abc/d/e?q=1 /old/abc /old/ABC/d /old/a/x.php",
      (path) => [`GET shop.example${path}`],
    ),
  },
  "rewrite … break": {
    configuration: http(`
      location /two/ { rewrite ^/two/(.*)$ /$1 break; proxy_pass http://127.0.0.1:TWO; }
      location /three { rewrite ^/three/(.*)$ /t/$1 break; proxy_pass http://127.0.0.1:TWO; }
      location /cut/ { rewrite ^/cut/[0-9]+ /number break; proxy_pass http://127.0.0.1:ONE; }
      location /mid/ { rewrite b+ /bees break; proxy_pass http://127.0.0.1:ONE/ignored; }
      location /swap/ { rewrite ^/swap/([^/]+)/([^/]+)$ /$2/$1? break; proxy_pass http://127.0.0.1:ONE; }
    `),
    requests: each(
      "/two /two/ /two/x?y=1 /two/a/b /three /three/ /three/x?y /cut/12/x?y=1 /cut/x /mid/abbc?z=1 /swap/a/b?q=1 /swap/a/b/c",
      (path) => [`GET shop.example${path}`],
    ),
  },
  "return and redirecting rewrites": {
    configuration: http(`
      location = /teapot { return 418; }
      location /gone { return 410; }
      location /moved/ { return 301 https://elsewhere.example$request_uri; }
      location /fixed/ { return 302 https://elsewhere.example/; }
      location /query/ { return 307 /target?$args; }
      location /self/ { return 308 http://$host/s$uri; }
      location /old/ { rewrite ^/old/(.*)$ /new/$1 permanent; }
      location /whole/ { rewrite ^ https://elsewhere.example/w redirect; }
      location / { proxy_pass http://127.0.0.1:ONE; }
    `),
    requests: each(
      "/teapot /gone /gone/x /moved/x?y=1 /moved/ /fixed/x?y=1 /query/x?y=1 /self/x?y=1 /old/a/b?y=1 /old/ /old /whole/a?y=1 /x",
      (path) => [`GET shop.example${path}`],
    ),
  },
  "redirects of a whole server": {
    configuration: `http {
      server { listen 127.0.0.1:PORT default_server; server_name shop.example;
        rewrite ^/before/(.*)$ /after/$1 permanent;
        rewrite ^/item-([0-9]+)\\.html$ /items/$1 redirect;
        location / { proxy_pass http://127.0.0.1:ONE; }
        location /before/x/ { proxy_pass http://127.0.0.1:TWO; }
        location = /after { return 204; }
      }
      server { listen 127.0.0.1:PORT; server_name www.shop.example; return 301 http://shop.example$request_uri; }
    }`,
    requests: [
      ...each(
        "/ /before/ /before/a?b=1 /before/x/y /before /item-12.html?a=1 /item-x.html /after",
        (path) => [`GET shop.example${path}`],
      ),
      "GET www.shop.example/a/b?c=1",
      "GET www.shop.example/before/x",
    ],
  },
  "server names: exact, wildcards, default": {
    configuration: `http {
      server { listen 127.0.0.1:PORT; server_name first.example; location / { proxy_pass http://127.0.0.1:ONE/first/; } }
      server { listen 127.0.0.1:PORT; server_name *.shop.example; location / { proxy_pass http://127.0.0.1:ONE/wild/; } }
      server { listen 127.0.0.1:PORT; server_name .deep.shop.example; location / { proxy_pass http://127.0.0.1:TWO/deep/; } }
      server { listen 127.0.0.1:PORT; server_name api.shop.example API2.shop.example;
        location /only { return 204; } }
      server { listen 127.0.0.1:PORT default_server; server_name www.shop.example _;
        location / { proxy_pass http://127.0.0.1:TWO/default/; } }
    }`,
    requests: each(
      "first.example shop.example a.shop.example a.b.shop.example deep.shop.example x.deep.shop.example www.shop.example nobody.example WWW.SHOP.EXAMPLE",
      (host) => [`GET ${host}/x`],
    ).concat(["GET api.shop.example/only", "GET api2.shop.example/only"]),
  },
  "certbot's conditions": {
    configuration: `http {
      server { listen 127.0.0.1:PORT; server_name other.example; location / { proxy_pass http://127.0.0.1:ONE; } }
      server {
        if ($host = www.shop.example) { return 301 https://$host$request_uri; }
        if ($host = shop.example) { return 301 https://$host$request_uri; }
        listen 127.0.0.1:PORT; server_name shop.example www.shop.example;
        return 404;
      }
    }`,
    requests: [
      "GET shop.example/a?b=1",
      "GET www.shop.example/",
      "GET other.example/x",
      "GET nobody.example/x",
    ],
  },
  "limits of bodies": {
    configuration: `http {
      client_max_body_size 2k;
      server { listen 127.0.0.1:PORT;
        location / { proxy_pass http://127.0.0.1:ONE; }
        location /large/ { client_max_body_size 4k; proxy_pass http://127.0.0.1:ONE; }
        location /any/ { client_max_body_size 0; proxy_pass http://127.0.0.1:ONE; }
      }
    }`,
    requests: each("/ /large/ /any/", (path) =>
      [0, 2048, 2049, 4096, 4097].map((bytes) => `POST shop.example${path} ${bytes}`),
    ),
  },
  "closed and open locations": {
    configuration: http(`
      location / { proxy_pass http://127.0.0.1:ONE; }
      location /admin/ { deny all; proxy_pass http://127.0.0.1:TWO; }
      location /open/ { allow all; proxy_pass http://127.0.0.1:TWO; }
      location /both/ { deny all; return 204; }
      location /moved/ { deny all; rewrite ^/moved/(.*)$ /x/$1 permanent; }
      location ~ /\\.ht { deny all; }
    `),
    requests: each("/x /admin/x /admin/ /open/x /both/x /moved/x /x/.htaccess", (path) => [
      `GET shop.example${path}`,
    ]),
  },
  "locations inside of others, and a hand-over": {
    configuration: http(`
      location /app/ {
        proxy_pass http://127.0.0.1:ONE;
        location /app/inner/ { proxy_pass http://127.0.0.1:TWO/; }
        location = /app/exact { return 204; }
      }
      location / { try_files /nothing/$uri @app; }
      location @app { proxy_pass http://127.0.0.1:TWO; }
    `),
    requests: each("/app/x /app/inner/y /app/inner /app/exact /x /app", (path) => [
      `GET shop.example${path}`,
    ]),
  },
  "upstreams by name, and the request's own URI": {
    configuration: `http {
      upstream both { server 127.0.0.1:ONE down; server 127.0.0.1:TWO weight=3; }
      server { listen 127.0.0.1:PORT;
        location / { proxy_pass http://both; }
        location /uri/ { proxy_pass http://both$request_uri; }
        location /path/ { proxy_pass http://both/p/; }
      }
    }`,
    requests: each("/x?a=1 /uri/x?a=1 /path/x?a=1", (path) => [`GET shop.example${path}`]),
  },
};

function http(locations: string): string {
  return `http { server { listen 127.0.0.1:PORT; server_name shop.example; ${locations} } }`;
}

function each(names: string, lines: (name: string) => readonly string[]): string[] {
  return names.split(" ").flatMap((name) => [...lines(name)]);
}
