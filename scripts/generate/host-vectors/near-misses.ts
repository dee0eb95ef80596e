import { type Classes, range, splitWords } from "./seeds.ts";

/** Invalid values in the place of the account, which has exactly 12 digits. */
const ACCOUNTS = `
  11112222333 1111222233334 1 0 11112222333a a11122223333 1111-2222-3333 1111.2222.3333 +11122223333 -11122223333 0x1122223333
  1111_2222333 111122223333-1 aws account 1111222233330000 11112222333o 1e1122223333 111122223333x x111122223333`;

/** Names without the format of an AWS region. */
const REGIONS = `
  us-east us-east- useast1 us-east-1-2 us--east-1 us-east--1 -us-east-1 us-east-0 us-east-01 us-east-100 u-east-1 usa-east-1
  us-e-1 1-east-us us-east-1a us-east-one us.east.1 lala-land-1 us-east1 us_east_1 us-gov us-gov-1 us-iso-1 local east-1 us-1
  us-east-1.us-east-1 us-east-1.evil us-gov-gov-east-1 aws-global us-east-+1 us-0-1 us-northnorthwest-1 --1 a-b-1`;

/** Hosts of each partition, with regions of the others. */
const FOREIGN_REGIONS: readonly (readonly [host: string, regions: string])[] = [
  [
    "dkr.ecr.R.amazonaws.com",
    "cn-north-1 cn-northwest-1 us-iso-east-1 us-isob-east-1 eu-isoe-west-1 us-isof-south-1 eusc-de-east-1",
  ],
  ["dkr.ecr-fips.R.amazonaws.com", "cn-north-1 us-iso-west-1 eusc-de-east-1"],
  ["dkr.ecr.R.amazonaws.com.cn", "us-east-1 eu-west-1 us-gov-west-1 us-iso-east-1 eusc-de-east-1"],
  ["dkr.ecr.R.amazonaws.eu", "eu-west-1 eu-central-1 us-east-1 us-gov-east-1 cn-north-1 eu-isoe-west-1"],
  ["dkr.ecr.R.c2s.ic.gov", "us-east-1 us-gov-west-1 us-isob-east-1 us-isof-south-1 cn-north-1"],
  ["dkr.ecr.R.sc2s.sgov.gov", "us-east-1 us-iso-east-1 us-isof-east-1"],
  ["dkr.ecr.R.cloud.adc-e.uk", "eu-west-2 us-isob-east-1 us-iso-east-1"],
  ["dkr.ecr.R.csp.hci.ic.gov", "us-east-1 us-iso-east-1 us-isob-east-1"],
  ["dkr-ecr.R.on.aws", "cn-north-1 us-iso-east-1 eusc-de-east-1 eu-isoe-west-1"],
  ["dkr-ecr.R.on.amazonwebservices.com.cn", "us-east-1 us-gov-east-1 us-isob-east-1"],
];

/** Forms that AWS does not have, although their parts all exist. */
const FORMS = `
  dkr-ecr.us-east-1.amazonaws.com dkr.ecr.us-east-1.on.aws dkr.ecr-fips.us-east-1.on.aws dkr-ecr-fips.us-east-1.amazonaws.com
  dkr-ecr.us-iso-east-1.c2s.ic.gov dkr-ecr.eusc-de-east-1.amazonaws.eu dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu
  dkr-ecr.cn-north-1.amazonaws.com.cn dkr.ecr.cn-north-1.on.amazonwebservices.com.cn dkr-ecr.cn-north-1.on.aws.com.cn
  dkr.ecr-fip.us-east-1.amazonaws.com dkr.ecr-fipss.us-east-1.amazonaws.com dkr.fips-ecr.us-east-1.amazonaws.com
  dkr.ecrfips.us-east-1.amazonaws.com ecr.dkr.us-east-1.amazonaws.com dkr.ecr.amazonaws.com dkr.us-east-1.amazonaws.com
  ecr.us-east-1.amazonaws.com dkr.us-east-1.ecr.amazonaws.com dog.ecr.us-east-1.amazonaws.com dkr.cat.us-east-1.amazonaws.com
  dkr.ecr.us-east-1.api.aws dkr.ecr.us-east-1.amazonaws.com.amazonaws.com dkr.ecr.us-east-1.us-east-1.amazonaws.com
  dkr-ecr-public.us-east-1.on.aws dkr.ecr.us-iso-east-1.amazonaws.gov dkr.ecr.us-east-1.amazonaws dkr.ecr.us-east-1.com
  us-east-1.amazonaws.com dkr.ecr.us-east-1.aws dkr.ecr.us-east-1.vpce.amazonaws.com dkr-ecr.us-iso-east-1.undefined
  dkr-ecr-fips.eusc-de-east-1.undefined`;

const NOT_REGISTRIES = `
  api.ecr.us-east-1.amazonaws.com ecr.us-east-1.api.aws ecr.us-east-1.amazonaws.com ecr-fips.us-gov-west-1.api.aws
  api.ecr-public.us-east-1.amazonaws.com ecr-public.us-east-1.api.aws sts.amazonaws.com sts.us-east-1.amazonaws.com
  s3.amazonaws.com prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com amazonaws.com aws.com ecr.aws on.aws
  vpce-0a1b-x.dkr.ecr.us-east-1.vpce.amazonaws.com www.public.ecr.aws gallery.ecr.aws private.ecr.aws public.ecr.aws.com
  ecr-public.aws public-ecr.aws ecr.public.aws d5l0dvt14r5h8.cloudfront.net
  googleapis.com sts.googleapis.com storage.googleapis.com oauth2.googleapis.com cloud.google.com google.com
  us-docker.googleapis.com artifactregistry.googleapis.com
  login.microsoftonline.com management.azure.com containerregistry.azure.net azurecr.io azure.com blob.core.windows.net`;

const METADATA = `
  169.254.169.254 169.254.169.254:80 169.254.170.2 169.254.170.23 169.254.169.253 168.63.129.16 100.100.100.200 192.0.0.192
  metadata metadata.google.internal metadata.google.internal. metadata.google.internal:80 instance-data instance-data.ec2.internal
  [fd00:ec2::254] [fd00:ec2::23] [fe80::a9fe:a9fe] metadata.azure.internal kubernetes.default.svc 10.96.0.1 localhost:40342`;

const IPV4 = `
  127.0.0.1 127.1 2130706433 0x7f.1 0x7f000001 0177.0.0.1 017700000001 0 0.0.0.0 255.255.255.255 2852039166 0xa9fea9fe
  0xa9.0xfe.0xa9.0xfe 0251.0376.0251.0376 169.254.43518 169.16689662 1.1.1.1:443 127.0.0.1. 010.0.0.1 256.256.256.256`;

const IPV6 = `
  [::1] [::1]:5000 [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:169.254.169.254] [0:0:0:0:0:0:0:1] [fe80::1%25eth0] [fe80::1%eth0]
  ::1 ::1:443 [2001:db8::1] [2001:db8::1]:443 [::1 ::1] [] [x] [::gcr.io] [gcr.io] [64:ff9b::7f00:1]`;

const BARE = `
  localhost localhost:5000 localhost.localdomain app nginx library docker ecr gcr acr pkg azurecr amazonaws com io dev aws . .. ...
  - -- _ / // /// /app //app ./app ../app a:b :443 @ # ? * % \\ ~ + = & ; , ' " ! $ ( ) < > [ ] { } | ^`;

/** Unsupported registries, and public registries that need no login. */
const OTHERS = `
  docker.io index.docker.io registry-1.docker.io quay.io ghcr.io registry.k8s.io k8s.gcr.io mirror.gcr.io K8S.GCR.IO Mirror.gcr.io
  mcr.microsoft.com MCR.microsoft.com registry.gitlab.com nvcr.io public.cr.seagate.com registry.access.redhat.com
  registry.redhat.io docker.elastic.co lscr.io harbor.corp.example registry.example.com icr.io us.icr.io iad.ocir.io
  registry.cn-hangzhou.aliyuncs.com cr.yandex registry.digitalocean.com rg.fr-par.scw.cloud xpkg.upbound.io cgr.dev`;

const AZURE_SHAPES = `
  azurecr.io .azurecr.io azurecr.cn azurecr.us azurecr.sovcloud-azure.fr myreg.azurecr.de myreg.germanynorth.geo.azurecr.de
  myreg.azurecr myreg.azurecr.com myreg.azurecr.eu myreg.azurecr.fr myreg.azurecr.sovcloud-azure.io myreg.azurecr.sovcloud-azure.cn
  myreg.sovcloud-azure.fr myreg.azurecr.microsoft.scloud myreg.azurecr.my.cloud my-reg-hash.azurecr.io foo-azurecr-io.azurecr.cn
  -myreg.azurecr.io myreg-.azurecr.io my--reg.azurecr.io my_reg.azurecr.io my.reg.azurecr.io myreg.azurecr.io.azurecr.io
  xmyregazurecr.io myreg.azurecr-io myreg.acr.io myreg.azurecr.io.cn myreg.azure.cr.io azurecr.io.myreg io.azurecr.myreg`;

const AZURE_ENDPOINTS = `
  myreg.eastus.data.azurecr.io myreg.chinaeast2.data.azurecr.cn myreg.usgovvirginia.data.azurecr.us
  myreg.germanynorth.data.azurecr.de myreg-a1b2.eastus.data.azurecr.io myreg.bleufrancecentral.data.azurecr.sovcloud-azure.fr
  myreg.privatelink.azurecr.io myreg.privatelink.azurecr.cn myreg.privatelink.azurecr.us myreg.eastus.data.privatelink.azurecr.io
  myreg.eastus.geo.privatelink.azurecr.io privatelink.azurecr.io.privatelink myreg.geo.azurecr.io myreg.data.azurecr.io
  myreg.eastus.azurecr.io myreg.geo.eastus.azurecr.io myreg.east-us.geo.azurecr.io myreg.1eastus.geo.azurecr.io
  myreg.eastus.geo.geo.azurecr.io a.myreg.eastus.geo.azurecr.io my-reg-x.eastus.geo.azurecr.io eastus.geo.azurecr.io
  myreg..geo.azurecr.io myreg.eastus.geox.azurecr.io myreg.eastus.xgeo.azurecr.io myreg.eastus-geo.azurecr.io
  myreg.eastus2.geo.azurecr.io.example myreg.eastus.geo.azurecr.com myreg.east.us.geo.azurecr.io`;

const GOOGLE_SHAPES = `
  pkg.dev docker.pkg.dev -docker.pkg.dev us-central1-npm.pkg.dev us-maven.pkg.dev us-central1.pkg.dev us-central1docker.pkg.dev
  us-central1-dockerx.pkg.dev xus-central1-docker.us.pkg.dev us--docker.pkg.dev us-docker-docker.pkg.dev us-central-docker.pkg.dev
  us-central1-a-docker.pkg.dev 1-docker.pkg.dev us1-docker.pkg.dev us-central01-docker.pkg.dev us-central100-docker.pkg.dev
  u-us-central1-docker.pkg.dev us-docker.pkg.dev.pkg.dev us-docker.pkg.goog us-docker.xpkg.dev us-docker.pkgdev us-docker.pkg-dev
  us_central1-docker.pkg.dev us.docker.pkg.dev docker.us.pkg.dev go.pkg.dev evil-docker.pkg.dev.example a.us-docker.pkg.dev`;

const GOOGLE_REGIONAL = `
  rep.pkg.dev docker.rep.pkg.dev npm.us-central1.rep.pkg.dev docker.us-central1.pkg.dev us-central1-docker.rep.pkg.dev
  docker.us-central1.rep.dev docker.us-central1.xrep.pkg.dev docker.us-central1.repx.pkg.dev docker.us.central1.rep.pkg.dev
  us-central1.rep.pkg.dev a.docker.us-central1.rep.pkg.dev docker.docker.us-central1.rep.pkg.dev xdocker.us-central1.rep.pkg.dev
  docker.us-central1-docker.rep.pkg.dev docker.1.rep.pkg.dev docker.us--central1.rep.pkg.dev docker.us-central1.rep.googleapis.com
  docker.us-central1.rep.pkg.goog docker.u-germany-northeast1.rep.pkg.dev`;

const GOOGLE_OLD_NAMES = `
  a.b.gcr.io gcr.io.gcr.io xgcr.io evil-gcr.io gcr-io.io gcr.io.io gcrio gcr.com eu.gcr.com gcr.dev eu.gcr eu-gcr.io eu.xgcr.io
  www.gcr.io b.gcr.io l.gcr.io launcher.gcr.io us-mirror.gcr.io eu-mirror.gcr.io asia-mirror.gcr.io europe.gcr.io marketplace.us.gcr.io
  _x.gcr.io -.gcr.io a-.gcr.io .gcr.io google.com cloud.google.com container.google.com container.cloud.google.co
  xcontainer.cloud.google.com a.container.cloud.google.com container-cloud.google.com container.cloud.google.com.example`;

const PARTNERS = `
  docker.pkg.goog docker.pkg-.goog docker.xpkg-a.goog docker.pkg-a.b.goog docker.b.pkg-a.goog npm.pkg-a.goog pkg-a.goog
  docker.pkg-a.google docker.pkg-a.goo docker.pkg-a.goog.example docker.pkg-a-.goog docker.pkg_a.goog docker.apis-a.goog goog
  docker.pkga.goog docker.goog -docker.pkg-a.goog u--docker.pkg-a.goog us-docker.apis-a.goog docker.us.rep.pkg-a.goog
  s3nsregistry.fr a.docker.s3nsregistry.fr docker.s3nsregistry.com docker.xs3nsregistry.fr docker.s3nsapis.fr
  npm.s3nsregistry.fr docker.s3ns.fr docker.qqs3nsregistry.fr u-france-east1-npm.s3nsregistry.fr -docker.s3nsregistry.fr
  docker.u-france-east1.s3nsregistry.fr docker.s3nsregistry.fr.example docker.s3ns-registry.fr
  dockerx.pkg-a.goog docker-us.pkg-a.goog us-packer.pkg-a.goog xdocker.s3nsregistry.fr u-france-east1-dockre.s3nsregistry.fr`;

/** Prefixes of one cloud's hosts, combined with the domains of the others. */
const CROSSED_OWN = [
  "111122223333.dkr.ecr.us-east-1",
  "111122223333.dkr-ecr.us-east-1",
  "us-central1-docker.x",
  "a.docker.us.rep",
  "a.b.c",
];
const CROSSED_DOMAINS =
  "amazonaws.com on.aws ecr.aws gcr.io pkg.dev rep.pkg.dev pkg-a.goog s3nsregistry.fr azurecr.io azurecr.cn azurecr.us azurecr.sovcloud-azure.de";

/** Homoglyphs as they appear in DNS, and other names with the reserved prefix of IDNA. */
const PUNYCODE = `
  xn--zurecr-3ve.io myreg.xn--zurecr-3ve.io xn--gc-ekd.io xn--gcr-8cd.io xn--pkg-xxx.dev us-docker.xn--pkg-5cd.dev
  xn--mazonaws-d7f.com 111122223333.dkr.ecr.us-east-1.xn--mazonaws-d7f.com public.xn--er-7lc.aws xn--public-.ecr.aws
  docker.xn--s3nsregistry-x8a.fr docker.xn--pkg-a-x.goog xn--ecr-public-.aws.com myreg.azurecr.xn--io xn--80ak6aa92e.com
  111122223333.dkr.xn--ecr-x.us-east-1.amazonaws.com 111122223333.dkr.ecr.xn--us-east-1-x.amazonaws.com xn--us-docker.pkg.dev
  xn--myreg-a-b.azurecr.io xn--a.xn--b.gcr.io`;

function images(hosts: string, path = "/app"): readonly string[] {
  return splitWords(hosts).map((host) => host + path);
}

function crossed(): readonly string[] {
  const domains = splitWords(CROSSED_DOMAINS);
  const all = CROSSED_OWN.flatMap((own) => domains.map((domain) => `${own}.${domain}`));
  const genuine = ["111122223333.dkr.ecr.us-east-1.amazonaws.com", "111122223333.dkr-ecr.us-east-1.on.aws"];
  return all.filter((host) => !genuine.includes(host)).map((host) => `${host}/app`);
}

function foreignRegions(): readonly string[] {
  return FOREIGN_REGIONS.flatMap(([host, regions]) =>
    splitWords(regions).map((region) => `111122223333.${host.replace("R", region)}/app`),
  );
}

export function nearMissClasses(): Classes {
  return {
    "account-that-is-none": images(ACCOUNTS, ".dkr.ecr.us-east-1.amazonaws.com/app"),
    "region-that-is-none": images(REGIONS, "").map((r) => `111122223333.dkr.ecr.${r}.amazonaws.com/app`),
    "region-of-another-partition": foreignRegions(),
    "form-that-aws-does-not-have": images(FORMS).map((rest) => `111122223333.${rest}`),
    "host-of-a-cloud-but-no-registry": images(NOT_REGISTRIES),
    "metadata-address": images(METADATA),
    "ipv4-spelling": images(IPV4),
    "ipv6-spelling": images(IPV6),
    "bare-word-or-sign": images(BARE, ""),
    "registry-of-others": images(OTHERS),
    "azure-name-shape": [
      ...images(AZURE_SHAPES),
      ...range(51, 62).map((length) => `${"a".repeat(length)}.azurecr.io/app`),
    ],
    "azure-endpoint-that-is-no-login-server": images(AZURE_ENDPOINTS),
    "google-package-domain-shape": images(GOOGLE_SHAPES),
    "google-regional-endpoint-shape": images(GOOGLE_REGIONAL),
    "google-old-name-shape": images(GOOGLE_OLD_NAMES),
    "partner-cloud-shape": images(PARTNERS),
    "clouds-crossed": crossed(),
    punycode: images(PUNYCODE),
  };
}
