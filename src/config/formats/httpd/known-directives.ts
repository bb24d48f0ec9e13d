/**
 * What becomes of httpd's directives. A name that is in no table here is unknown: a slip, or a module of somebody
 * else's. What is carried is read by the files beside this one.
 */
import { table, words } from "../directives/reason-table.ts";
import type { KnownDirectives } from "../directives/unread.ts";

export const httpdDirectives: KnownDirectives = {
  reasonNotNeeded: ({ name }) => NOT_NEEDED.get(name) ?? null,
  reasonNotCarried: (name) =>
    NOT_CARRIED.get(name) ?? FAMILIES.find(([prefix]) => name.startsWith(prefix))?.[1] ?? null,
  isCarried: (name) => CARRIED.has(name),
  names: () => [...CARRIED, ...NOT_NEEDED.keys(), ...NOT_CARRIED.keys()],
  dataBlocks: new Set(["<macro>", "<perl>", "<directory>", "<directorymatch>", "<files>", "<filesmatch>"]),
};

const CARRIED = new Set(
  words(`listen <virtualhost> servername serveralias proxypass proxypassmatch proxypassreverse proxypreservehost
    proxyrequests proxytimeout timeout proxyset balancermember <proxy> <proxymatch> <location> <locationmatch>
    rewriteengine rewriterule rewritecond redirect redirectmatch redirectpermanent redirecttemp
    limitrequestfields limitrequestline keepalivetimeout maxkeepaliverequests require order allow deny satisfy
    <requireall> <requireany> <requirenone> <limit> <limitexcept> <if> <elseif> <else> requestheader define
    include includeoptional serverroot <ifmodule> <ifdefine> documentroot`),
);

const PROCESS = "it is about httpd's own processes";
const FILES = "no files are served";

const NOT_NEEDED = table([
  [
    PROCESS,
    `loadmodule loadfile user group pidfile errorlog loglevel serveradmin mutex scoreboardfile
    coredumpdirectory startservers minspareservers maxspareservers minsparethreads maxsparethreads threadlimit
    threadsperchild maxrequestworkers maxclients maxconnectionsperchild maxrequestsperchild serverlimit
    asyncrequestworkerfactor threadstacksize gracefulshutdowntimeout listenbacklog receivebuffersize sendbuffersize
    acceptfilter enablemmap enablesendfile hostnamelookups extendedstatus chrootdir errorlogformat passenv setenv
    unsetenv protocol`,
  ],
  [
    FILES,
    `documentroot <directory> <directorymatch> <files> <filesmatch> directoryindex directoryslash
    accessfilename allowoverride allowoverridelist options typesconfig mimemagicfile addtype addencoding
    addlanguage addcharset adddefaultcharset languagepriority forcelanguagepriority indexoptions indexignore
    addicon addiconbyencoding addiconbytype defaulticon readmename headername fileetag multiviewsmatch
    cachenegotiateddocs removehandler removetype userdir fallbackresource`,
  ],
  ["answers of the proxy's own do not name it", "servertokens serversignature"],
  ["TRACE is refused", "traceenable"],
  ["httpd does not hold it against requests that it passes on", "limitrequestbody"],
  ["names are told apart by `host`", "namevirtualhost usecanonicalname usecanonicalphysicalport"],
  ["connections are kept", "keepalive"],
]);

const TLS = "TLS comes later";
const HEADERS = "header fields of requests and answers are passed on as they are";
const PLAIN = "there is no counterpart";
const ACCESS = "who a client is, is not checked";

const NOT_CARRIED = table([
  [
    HEADERS,
    `header proxypassreversecookiedomain proxypassreversecookiepath proxyaddheaders proxypassinherit
    expiresactive expiresdefault expiresbytype setenvif setenvifnocase browsermatch browsermatchnocase`,
  ],
  [
    "see `settings.access_log`, with `format: combined` or a template",
    "customlog logformat transferlog globallog buffersize",
  ],
  ["see `settings.limits.head`", "limitrequestfieldsize limitxmlrequestbody"],
  [
    "see `settings.trusted_proxies`",
    `remoteipheader remoteipinternalproxy remoteiptrustedproxy
    remoteipproxyprotocol remoteipinternalproxylist remoteiptrustedproxylist`,
  ],
  ["see `settings.via`", "proxyvia"],
  ["an upstream's error pages are passed on as they are", "errordocument proxyerroroverride"],
  ["see `timeouts.head` and `timeouts.body` in the settings", "requestreadtimeout"],
  [
    "answers are not cached",
    `cacheenable cacheroot cachedisable cachemaxexpire cachedefaultexpire
    cachelock cacheignorenolastmod cacheignorecachecontrol cachedirlevels cachedirlength`,
  ],
  [ACCESS, "require authtype authname"],
  [
    "scripts and files are not served",
    `alias aliasmatch scriptalias scriptaliasmatch sethandler addhandler
    action script fcgidinitialenv fcgidwrapper wsgiscriptalias wsgidaemonprocess wsgiprocessgroup phpadmin_value
    setoutputfilter addoutputfilter addoutputfilterbytype setinputfilter addinputfilter filterdeclare
    filterprovider filterchain`,
  ],
  [
    "answers are not compressed; upstreams may do it",
    `deflatecompressionlevel deflatefilternote
    deflatebuffersize deflatememlevel deflatewindowsize brotlicompressionquality`,
  ],
  [
    PLAIN,
    `rewriteoptions rewritemap rewritebase rewritelog proxyreceivebuffersize proxyiobuffersize
    proxymaxforwards proxybadheader proxydomain proxyblock noproxy proxyremote proxyremotematch proxyftpdircharset
    proxystatus proxyhcexpr proxyhctemplate proxyhctpsize balancergrowth balancerinherit balancerpersist protocols
    protocolshonororder h2direct serverpath allowencodedslashes mergeslashes httpprotocoloptions allowmethods
    registerhttpmethod contentdigest <macro> use undefmacro <perl> <proxymatch> acceptpathinfo ratelimit
    cookietracking cookiename suexecusergroup modmimeusepathinfo`,
  ],
]);

const FAMILIES: readonly (readonly [prefix: string, reason: string])[] = [
  ["ssl", TLS],
  ["proxyssl", TLS],
  ["md", TLS],
  ["h2", "HTTP/2 is not carried over yet"],
  ["auth", ACCESS],
  ["ldap", ACCESS],
  ["oidc", ACCESS],
  ["session", ACCESS],
  ["sec", "requests are not inspected"],
  ["evasive", "how often a client may ask is not limited yet"],
  ["dos", "how often a client may ask is not limited yet"],
  ["dav", PLAIN],
  ["php", "scripts and files are not served"],
  ["lua", "scripts are not carried over"],
  ["substitute", "answers are passed on as they are"],
  ["proxyhtml", "answers are passed on as they are"],
];
