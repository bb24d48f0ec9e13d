/** Configurations of httpd. What docs/converting.md says is not alike is left out. */
import type { ConversionScene } from "./conversion-bench.ts";

export const HTTPD_SCENES: Readonly<Record<string, ConversionScene>> = {
  "prefixes, with and without slashes": {
    configuration: host(`
      ProxyPass /plain http://127.0.0.1:ONE/plain
      ProxyPass /moved http://127.0.0.1:ONE/to
      ProxyPass /slash/ http://127.0.0.1:ONE/to/
      ProxyPass /odd http://127.0.0.1:TWO/
      ProxyPass /even/ http://127.0.0.1:TWO/app
      ProxyPass /bare http://127.0.0.1:TWO
      ProxyPass /deep/inner http://127.0.0.1:ONE/i
      ProxyPass /deep http://127.0.0.1:TWO/d
    `),
    requests: each("plain moved slash odd even bare deep deep/inner deep/innermost", (name) => [
      `GET shop.example/${name}`,
      `GET shop.example/${name}?a=1`,
      `GET shop.example/${name}/`,
      `GET shop.example/${name}/x/y?a=1&b=%20`,
      `GET shop.example/${name}/%C3%A4`,
    ]),
  },
  "the first that matches, however long": {
    configuration: host(`
      ProxyPass /a http://127.0.0.1:ONE/a
      ProxyPass /a/b http://127.0.0.1:TWO/ab
      ProxyPass /static !
      ProxyPass / http://127.0.0.1:TWO/
      ProxyPass /never http://127.0.0.1:ONE/never
    `),
    requests: each("/ /a /a/b /a/b/c /ab /never /x?y=1", (path) => [`GET shop.example${path}`]),
  },
  "rules with P and R before ProxyPass": {
    configuration: host(`
      RewriteEngine On
      RewriteRule ^/two/(.*)$ http://127.0.0.1:TWO/$1 [P]
      RewriteRule ^/items/([0-9]+)$ http://127.0.0.1:ONE/item?id=$1 [P]
      RewriteRule ^/any/([a-z]+) http://127.0.0.1:ONE/found/$1 [P,NC]
      RewriteRule ^/old/(.*)$ /new/$1 [R=301,L]
      RewriteRule ^/there$ http://elsewhere.example/x [R]
      RewriteRule ^/drop/(.*)$ /dropped/$1? [R=302]
      RewriteCond %{HTTPS} off
      RewriteRule ^/secure/(.*)$ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]
      RewriteCond %{HTTPS} on
      RewriteRule ^/never http://127.0.0.1:ONE/never [P]
      RewriteRule ^/forbidden - [F]
      RewriteRule ^/gone/ - [G]
      ProxyPass / http://127.0.0.1:ONE/
    `),
    requests: each(
      "/two /two/ /two/x?y=1 /two/a/b /items/12 /items/12?x=1 /items/x /any/ABC/d?e=1 /any/1 /old/a/b?y=1 /old /there?x=1 /drop/a?b=1 /secure/a?b=1 /secure /never /forbidden /forbiddenly /gone/x /gone /x",
      (path) => [`GET shop.example${path}`],
    ),
  },
  "redirects behind ProxyPass": {
    configuration: host(`
      ProxyPass /app http://127.0.0.1:ONE/app
      Redirect permanent /old http://other.example/new
      Redirect 307 /dir/ http://other.example/d/
      Redirect gone /gone
      Redirect /app/inner http://other.example/never
      RedirectMatch 302 ^/img/(.*)\\.gif$ http://img.example/$1.png
      RedirectMatch 404 ^/hidden
    `),
    requests: each(
      "/app /app/inner/x /old /old/a/b?c=1 /older /dir/a /dir/ /gone /gone/x /img/a/b.gif?x=1 /hiddenly",
      (path) => [`GET shop.example${path}`],
    ),
  },
  "hosts: names, wildcards, the first": {
    configuration: `
      <VirtualHost *:PORT>
        ServerName first.example
        ProxyPass / http://127.0.0.1:ONE/first/
      </VirtualHost>
      <VirtualHost *:PORT>
        ServerName shop.example
        ServerAlias www.shop.example *.deep.shop.example
        ProxyPass / http://127.0.0.1:TWO/shop/
      </VirtualHost>
      <VirtualHost *:PORT>
        ServerName redirected.example
        Redirect permanent / http://shop.example/
      </VirtualHost>`,
    requests: each(
      "first.example shop.example www.shop.example WWW.shop.example a.deep.shop.example a.b.deep.shop.example deep.shop.example nobody.example redirected.example",
      (name) => [`GET ${name}/x?y=1`],
    ),
  },
  "locations, balancers, and what is closed": {
    configuration: `
      <Proxy balancer://app>
        BalancerMember http://127.0.0.1:TWO/base
        BalancerMember http://127.0.0.1:ONE/base status=+D
      </Proxy>
      ${host(`
        ProxyPass /b balancer://app
        <Location /loc>
          ProxyPass http://127.0.0.1:ONE/l
        </Location>
        <Location /loc/inner>
          ProxyPass http://127.0.0.1:TWO/i
        </Location>
        <Location /admin>
          Require all denied
        </Location>
        ProxyPass / http://127.0.0.1:ONE/
      `)}`,
    requests: each("/b /b/x /loc /loc/x /location /loc/inner/x /admin /admin/x /administrator /x", (path) => [
      `GET shop.example${path}`,
    ]),
  },
  "patterns of ProxyPassMatch": {
    configuration: host(`
      ProxyPassMatch ^/(.*\\.gif)$ http://127.0.0.1:TWO/images/$1
      ProxyPassMatch ^/whole http://127.0.0.1:TWO
      ProxyPass /a http://127.0.0.1:ONE/a
      ProxyPass / http://127.0.0.1:ONE/
    `),
    requests: each("/x.gif /a/x.gif?y=1 /whole /wholes/x?y=1 /a /a/b /ab /x", (path) => [
      `GET shop.example${path}`,
    ]),
  },
};

function host(directives: string): string {
  return `<VirtualHost *:PORT>\nServerName shop.example\n${directives}\n</VirtualHost>`;
}

function each(names: string, lines: (name: string) => readonly string[]): string[] {
  return names.split(" ").flatMap((name) => [...lines(name)]);
}
