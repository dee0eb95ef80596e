import { quoteUntrusted } from "../../errors/error-line.ts";
import type { Pattern } from "../pattern.ts";
import type { CloudHostIndex } from "./cloud-hosts.ts";

/** Second-level domains of countries below which anyone can register a name: `co.uk`, `com.br`, `my.id`. */
const SECOND_LEVELS: ReadonlySet<string> = splitWords(`
  ab ac adm adv agr art asn asso biz blog co com conf coop ed edu ernet fin firm fm fr gen go gob
  gok gop gouv gov govt gub gv id idf idn idv in ind inf info int jus k12 law leg ltd maori me med
  mil mobi mod muni my name ne net nhs nic nom nome nsw or org parliament plc police pp press
  priv pro pub qld re res sa sch school sld sos tas tm tourism tur vic wa web
`);

/** Domains of services that give each customer a name directly below. */
const SHARED_DOMAINS: ReadonlySet<string> = splitWords(`
  000webhostapp.com 3utilities.com access.ly accesscam.org ae.org afraid.org africa.com
  akamaized.net amplifyapp.com appwrite.global ar.com asuscomm.com ath.cx awsapps.com azure-api.us
  azure-mobile.net azureapicenter.ms azureedge.net azurefd.us azurehdinsight.net b-cdn.net
  backname.io blogspot.com blogsyte.com bolt.host bore.pub bounceme.net br.com bubbleapps.io
  byethost.com camdvr.org carrd.co casacam.net cdn77.org chickenkiller.com chinacloudsites.cn
  ciscofreak.com cleverapps.io cloudapp.net cloudfront.net cloudns.asia cloudns.be cloudns.biz
  cloudns.cc cloudns.cl cloudns.club cloudns.cx cloudns.eu cloudns.in cloudns.info cloudns.nz
  cloudns.org cloudns.pro cloudns.pw cloudns.us cloudsmith.io cn.com co.nl co.no codesandbox.io
  com.se couchpotatofries.org crabdance.com csb.app cyclic.app ddns.me ddns.net ddnsfree.com
  ddnsgeek.com ddnss.de ddnss.org de.com deno.dev deno.net diskstation.me dnsalias.com dnsalias.net
  dnsalias.org dnsiskinky.com dnsking.ch dnsup.net doesntexist.com doesntexist.org dontexist.com
  dontexist.net dontexist.org dscloud.biz dscloud.me duckdns.org dvrcam.info dyn-o-saur.com
  dyn.ddnss.de dynalias.com dynalias.net dynalias.org dynddns.de dyndns.biz dyndns.info dyndns.org
  dyndns.tv dyndns.ws dyndns1.de dynns.com dynu.com dynu.net dynv6.net eating-organic.net
  edgekey.net edgesuite.net epizy.com eu.com eu.org fastly.net fastlylb.net firebaseapp.com
  firewall-gateway.com firewall-gateway.de firewall-gateway.net force.com framer.app framer.website
  freebox-os.com freeboxos.fr freeddns.com freeddns.org freedynamicdns.net freedynamicdns.org
  gb.com gb.net geekgalaxy.com gigalixirapp.com giize.com gitbook.io github.dev github.io
  githubpreview.dev githubusercontent.com gitlab.io gitpod.dev gleeze.com glitch.me goip.de
  gotdns.ch gotdns.com gotdns.org gr.com hana.ondemand.com hasura.app herokuapp.com
  home-webserver.de homeftp.net homeftp.org homeip.net homelinux.com homelinux.net homelinux.org
  homeunix.com homeunix.net homeunix.org hopto.org hu.com hu.net i234.me ignorelist.com in.net
  infinityfreeapp.com is-a-dev.com is-a-geek.com is-a-geek.net is-a-geek.org is-a.dev jfrog.io
  jp.net jpn.com js.org jumpingcrab.com keenetic.pro kicks-ass.net kicks-ass.org kinsta.app
  koyeb.app kozow.com kr.com kxcdn.com lhr.life lhr.rocks localhost.run localtest.me localtunnel.me
  loseyourip.com lovable.app lvh.me merseine.nu mex.com mine.nu modal.run mooo.com my-gateway.de
  my-router.de my-wan.de my.salesforce.com mybluemix.net mycloud.com myds.me myfritz.net myftp.biz
  myftp.org mykeenetic.com myqnapcloud.com myshopify.com mywire.org neon.tech netdna-cdn.com
  netlify.app nhost.run no-ip.biz no-ip.info no-ip.net no-ip.org no.com northflank.app notion.site
  now.sh nsupdate.info onrender.com onthewifi.com ooguy.com pagekite.me pages.dev pinggy.io
  pinggy.link platformsh.site playit.gg plex.direct pp.ua qc.com quickconnect.to r2.dev readme.io
  readthedocs.io redirectme.net remotewd.com repl.co replit.app rf.gd ru.com sa.com scalingo.io
  se.com se.net selfip.com selfip.info selfip.net selfip.org servebeer.com serveblog.net
  servecounterstrike.com serveftp.com servegame.com servehttp.com serveirc.com servemp3.com
  serveo.net servepics.com servequake.com sevalla.app spdns.de spdns.eu spdns.org squarespace.com
  stackblitz.io stackpathcdn.com strangled.net streamlit.app supabase.co supabase.in super.site
  surge.sh syno-ds.de synology-ds.de synology.me sytes.net theworkpc.com
  tplinkdns.com traefik.me trafficmanager.cn trafficmanager.net translate.goog trycloudflare.com
  tumblr.com twilightparadox.com uk.com uk.net us.com us.org usercontent.goog
  usgovtrafficmanager.net uy.com vcap.me vercel.app viewdns.net webflow.io webhook.site
  webhop.me webredirect.org weebly.com wixsite.com wordpress.com workers.dev xip.io xip.name za.com
  zapto.org zeabur.app
`);

/** Domains of services that give each customer a name below, perhaps with more labels between them, such as a region. */
const SHARED_SUFFIXES: ReadonlySet<string> = splitWords(`
  aliyuncs.com amazonaws.com amazonaws.com.cn amazonaws.eu amazonwebservices.com.cn api.aws
  app.github.dev appdomain.cloud appspot.com awsapprunner.com awsglobalaccelerator.com azmk8s.io
  azmk8s.us azure-api.net azurecontainer.io azurecontainerapps.cn azurecontainerapps.io
  azurecontainerapps.us azurefd.net azurestaticapps.net azurewebsites.net azurewebsites.us
  backblazeb2.com bcebos.com cfapps.io chinacloudapi.cn chinacloudapp.cn clever-cloud.com
  cloudapp.azure.cn cloudapp.azure.com cloudapp.azure.us cloudfunctions.net cloudns.ph
  cloudshell.dev cloudworkstations.dev devtunnels.ms digitaloceanspaces.com elasticbeanstalk.com
  fly.dev gitpod.io googleusercontent.com hetzner.cloud hf.space ibmcloud.com icr.io
  jdcloud-oss.com k8s.ondigitalocean.com ksyuncs.com lightsail.aws linodeobjects.com
  linodeusercontent.com lke.linode.com loca.lt myhuaweicloud.com myhuaweicloud.eu myqcloud.com
  ncloud.com ngrok-free.app ngrok-free.dev ngrok.app ngrok.dev ngrok.io nhncloud.com nip.io ocir.io
  on.aws ondemand.com ondigitalocean.app openshiftapps.com oraclecloud.com oraclecloudapps.com
  oraclegovcloud.com oraclevcn.com ovh.net railway.app replit.dev rhcloud.com run.app scw.cloud
  sslip.io tencentcloudapi.com tencentcloudcr.com tencentcs.com ts.net usgovcloudapi.net
  usgovcloudapp.net volces.com vultrobjects.com wasabisys.com web.app windows.net yandexcloud.net
  your-server.de zrok.io
`);

function splitWords(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/**
 * Checks the pattern of a `static` login. The login is sent to every host that the pattern matches, so a pattern must not match
 * hosts that anyone can register: their owner would receive the login from any pod that names the host.
 *
 * @returns the problem, undefined if there is none
 */
export function explainSecretHost(pattern: Pattern, hosts: CloudHostIndex): string | undefined {
  const { text, labels } = pattern;
  const wildcard = labels.findLastIndex((label) => label.includes("*"));
  if (wildcard < 0) return undefined;
  const fixed = labels.slice(wildcard + 1);
  const prefix = `${quoteUntrusted(text)} would send the login to`;
  if (fixed.length < 2)
    return `${prefix} hosts that anyone can register: write at least the last two labels without a *`;
  const domain = fixed.join(".");
  if (/^[0-9]+$/.test(fixed.at(-1) ?? "")) return `${prefix} several addresses: list each`;
  if (isShared(fixed))
    return `${prefix} hosts that anyone can register: every customer gets a name under ${domain}; list each host`;
  const [cloud] = findOpenClouds(pattern, hosts);
  return (
    cloud &&
    `${prefix} registries that anyone can create in ${cloud}: list each host, or use ${cloud} instead of static`
  );
}

/** Reports whether customers of a service or of a registrar get names below the domain. No list of these domains is complete. */
function isShared(labels: readonly string[]): boolean {
  const [first = "", country = ""] = labels;
  if (labels.length === 2 && country.length === 2 && SECOND_LEVELS.has(first)) return true;
  return (
    SHARED_DOMAINS.has(labels.join(".")) ||
    labels.some((_, index) => SHARED_SUFFIXES.has(labels.slice(index).join(".")))
  );
}

/** Returns the clouds in which the pattern matches registries of any customer: the customer's label is the first. */
function findOpenClouds(pattern: Pattern, hosts: CloudHostIndex): readonly string[] {
  const names = [pattern, ...hosts.listAliasPatterns({ ...pattern, port: "" }, "all")];
  return names.flatMap(({ labels, ...rest }) =>
    labels[0]?.includes("*") ? hosts.cloudsMatching({ ...rest, labels, port: "" }) : [],
  );
}
