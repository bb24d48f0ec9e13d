/**
 * Every code that a configuration diagnostic may carry, in one table. Codes are stable: scripts match
 * on them and `portward check --json` prints them. A new mistake gets a new row; a row is never reused
 * for another meaning. Sorted by the moment at which a file meets them.
 */

interface CodeEntry {
  readonly severity: Severity;
  /** What is wrong and why it is refused, for people who look the code up. */
  readonly meaning: string;
}

export type Severity = "error" | "warning";

export const DIAGNOSTIC_CODES = {
  "file.missing": error("A path given as configuration, or in `include`, does not exist."),
  "file.unreadable": error("The file or directory exists and cannot be read, or is not a regular file."),
  "file.none_found": error("The directory holds no *.yaml, *.yml, *.json or *.ts file."),
  "file.too_large": error("The file, or all files together, are larger than the limit on configuration."),
  "file.encoding": error("The file is not valid UTF-8."),
  "file.control_character": error("The file holds a control character that no configuration needs."),

  "yaml.syntax": error("The text is not YAML."),
  "yaml.tab": error("A tab is used for indentation; YAML allows only spaces there."),
  "yaml.duplicate_key": error("A map has the same key twice; one of the two would be lost."),
  "yaml.key": error("A map has a key that is not plain text."),
  "yaml.alias": error("An alias (`*name`) has no anchor (`&name`) before it, or contains itself."),
  "yaml.alias_bomb": error("Aliases multiply the document beyond any sensible size."),
  "yaml.merge": error("A merge key (`<<`) names something that is not a map."),
  "yaml.tag": error("A tag (`!name`) is used that has no meaning here."),
  "yaml.too_deep": error("Lists and maps are nested deeper than any configuration is."),
  "yaml.ambiguous": error(
    "An unquoted value that YAML 1.1 and YAML 1.2 read differently, such as `no` or `010`.",
  ),
  "json.syntax": error("The text is not JSON."),

  "script.syntax": error("The text is not TypeScript."),
  "script.import": error("A module that the script imports is not found."),
  "script.threw": error("The script threw an error while it was evaluated."),
  "script.timeout": error("The script took longer than the limit, and was stopped."),
  "script.ended": error("The script ended its process instead of exporting a configuration."),
  "script.result": error("What the script exports is not plain data, so it cannot be a configuration."),

  "include.cycle": error("A file includes itself, perhaps by way of others."),
  "include.nothing": warning("A pattern in `include` matches no file."),

  "reference.syntax": error("Text with `${` in it that is not a reference."),
  "reference.variable": error("A reference to an environment variable that is not set."),
  "reference.file": error("A reference to a file that cannot be read."),

  "config.unknown_key": error("A key that has no meaning at this place."),
  "config.missing_key": error("A key that must be present is not."),
  "config.wrong_type": error("A value of the wrong type, such as a list where text is expected."),
  "config.bad_value": error("A value of the right type that is not allowed here."),
  "config.not_applicable": error("A key that exists and has no effect at this place."),
  "config.not_supported": error("A part of the format that this version does not serve yet."),
  "config.conflict": error("Two places set the same thing, or one place sets two that exclude each other."),
  "config.duplicate_name": error("Two documents, listeners or upstreams have the same name."),
  "config.too_large": error("The configuration has more routes or values than can be checked in seconds."),
  "config.no_routes": error("The configuration has no route, so there is nothing to serve."),

  "value.duration": error("Not a duration: a whole number with ms, s, m or h."),
  "value.size": error("Not a size: a whole number with B, KiB, MiB or GiB."),
  "value.address": error("Not an address to listen on."),
  "value.target": error("Not the address of a target."),
  "value.network": error("Not an IP address or network."),
  "value.host": error("Not a host name."),
  "value.field": error("Not a header field that HTTP allows, or one that the proxy sets itself."),
  "value.regex": error("Not a regular expression that runs in linear time (RE2 syntax)."),

  "listener.unknown": error("A route listens on a name that no `listeners` entry has."),
  "listener.overlap": error("Two listeners would take the same port of the same address."),
  "listener.mixed_protocols": error(
    "Routes of different kinds share one listener that cannot tell their connections apart.",
  ),
  "listener.one_tcp_route": error("A tcp listener has more than one route; nothing could tell them apart."),
  "listener.privileged": warning("Listening on a low port needs a right that this process does not have."),
  "listener.taken": error("Another program listens there now. Only told with `check --probe`."),
  "listener.unavailable": error("This machine does not let it listen there. Only told with `check --probe`."),
  "listener.ambiguous_tls": error(
    "Two routes of one listener claim the same TLS connections, or one takes those that another could get.",
  ),
  "listener.unused": warning("No route uses this listener; it is not opened."),

  "tls.no_certificate": error(
    "TLS is to be spoken, and no certificate is named, or something is missing without which none can be obtained.",
  ),
  "tls.unreadable": error("A file with a certificate, a key, a CA or a CRL cannot be read."),
  "tls.malformed": error("What is in such a file is not what belongs there, or not in PEM."),
  "tls.passphrase": error("A private key is encrypted, and the passphrase is missing or wrong."),
  "tls.mismatch": error("The private key is not that of the certificate."),
  "tls.incomplete_chain": warning(
    "A certificate between this one and its root is missing, so many clients refuse it.",
  ),
  "tls.order": warning("The chain is not in order; it is put in order when it is served."),
  "tls.weak_key": error("The key is of a kind or size that clients refuse."),
  "tls.expired": warning("The certificate has expired, or is not valid yet; it is served nevertheless."),
  "tls.expires_soon": warning("The certificate expires within 21 days."),
  "tls.uncovered_host": warning("A route names a host for which no certificate of its TLS listener is good."),
  "tls.dns_program": warning("The program that is to put records into DNS is not there."),
  "tls.unanswered_challenge": warning(
    "Certificates are to be obtained, and no listener speaks HTTP in the clear, where the authority asks.",
  ),
  "tls.not_verified": warning("An upstream's certificate is not verified, so anybody may pass for it."),

  "upstream.unknown": error("A route names an upstream that is not defined."),
  "upstream.no_targets": error("An upstream or a route has an empty list of targets."),
  "upstream.drained": warning("All targets have weight 0, so no request can be served."),
  "upstream.duplicate_target": warning("The same target is listed twice; `weight` says this better."),
  "upstream.itself": warning("A target is a listener of this very proxy."),
  "upstream.unused": warning("No route uses this upstream."),

  "route.action": error("A route must have exactly one of targets, upstream, redirect and respond."),
  "route.path": error("A path that no request can have, or a capture that is misspelled."),
  "route.rewrite": error("A rewrite that cannot be done on this route."),
  "route.redirect": error("A redirect that leads nowhere, or to a host that the request would choose."),
  "route.capture": error("A capture is used that the path does not have."),
  "route.duplicate": error("Two routes of one listener match exactly the same requests."),
  "route.ambiguous": error("Two routes of one listener match some requests equally well."),
  "route.unreachable": error("Another route takes every request that this one could match."),

  "route.order": warning(
    "Two routes differ only in patterns, and some requests meet both: their order decides.",
  ),
  "route.slash": warning("A path that ends with a slash does not take the same path without it."),
  "route.redirect_loop": error("A redirect leads back to itself, perhaps by way of others."),
  "route.proxy_loop": error(
    "A route sends requests to the proxy itself, where they meet the same route again.",
  ),
  "regex.matches_nothing": error("A pattern that no path, no value, nothing at all can match."),

  "test.unknown_name": error("A test names a route or an upstream that does not exist."),
  "test.failed": error("A request of `tests` meets something else than the test expects."),

  "log.unknown_route": error("An access log is for a route that does not exist."),

  "settings.contradiction": warning("Of two timeouts or limits one makes the other meaningless."),
  "settings.trusts_everyone": warning("Every client is trusted to say who it is."),
} as const satisfies Record<string, CodeEntry>;

export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;

function error(meaning: string): CodeEntry {
  return { severity: "error", meaning };
}

function warning(meaning: string): CodeEntry {
  return { severity: "warning", meaning };
}
