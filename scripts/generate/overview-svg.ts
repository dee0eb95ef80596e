/** docs/overview.svg, the picture of a pull in README.md. */
import { FAMILIES } from "../../src/registries/index.ts";
import type { FamilyName } from "../../src/registries/registry.ts";
import type { GeneratedFile } from "./generated-file.ts";

const WIDTH = 1010;
const HEIGHT = 430;

/** A family that is missing here is a type error, so that a new family reaches the picture. */
const REGISTRY_LABELS: Readonly<Record<FamilyName, string>> = {
  ecr: "Amazon ECR",
  "ecr-public": "ECR Public",
  "artifact-registry": "Artifact Registry, gcr.io",
  acr: "Azure Container Registry",
};

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly title: string;
  readonly lines: readonly string[];
  readonly emphasis?: true;
}

const LINE_HEIGHT = 19;

/** The height of a box follows from its lines. */
const BOXES: readonly Box[] = [
  { x: 40, y: 70, width: 190, title: "kubelet", lines: ["needs a login for an image"] },
  { x: 40, y: 336, width: 190, title: "container runtime", lines: ["pulls with the login"] },
  {
    x: 380,
    y: 60,
    width: 260,
    title: "registry-credential-provider",
    lines: ["one process per request", "rules: the identity for each image"],
    emphasis: true,
  },
  { x: 380, y: 196, width: 190, title: "cache", lines: ["logins, on tmpfs, sealed"] },
  {
    x: 380,
    y: 298,
    width: 260,
    title: "identity",
    lines: [
      "the pod's token (from the kubelet)",
      "the node's metadata service",
      "a token, key or login in a file",
    ],
  },
  {
    x: 760,
    y: 56,
    width: 230,
    title: "cloud",
    lines: ["AWS STS and ECR", "Google STS and IAM", "Microsoft Entra and ACR"],
  },
  {
    x: 760,
    y: 254,
    width: 230,
    title: "registries",
    lines: [...FAMILIES.map(({ name }) => REGISTRY_LABELS[name]), "any other, with a login from a file"],
  },
];

/** The arrows between the boxes, each with the position of its label. */
const STEPS: readonly (readonly [path: string, x: number, y: number, label: string])[] = [
  ["M230 88H380", 240, 80, "1 image, pod's token"],
  ["M380 118H230", 250, 136, "5 login, duration"],
  ["M410 143V196", 418, 174, "2 fresh login? then done"],
  ["M605 143V298", 447, 284, "3 otherwise, the identity"],
  ["M640 102H760", 676, 92, "4 exchange"],
  ["M135 134V336", 143, 240, "6 login"],
  ["M230 368H310V408H710V330H760", 675, 400, "7 pull"],
];

export const OVERVIEW_SVG: GeneratedFile = { path: "docs/overview.svg", render: renderOverview };

function renderOverview(): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="13">`,
    "<title>How a pull gets its login</title>",
    "<style>rect{fill:#fff;stroke:#57606a}.node{fill:#f6f8fa;stroke-dasharray:5 4}.emphasis{fill:#ddf4ff;stroke:#0969da;stroke-width:2}" +
      "text{fill:#1f2328}.title{font-weight:600}.note{font-size:12px;fill:#57606a}path{fill:none;stroke:#1f2328;stroke-width:1.4}</style>",
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#1f2328;stroke:none"/></marker></defs>',
    `<rect width="${WIDTH}" height="${HEIGHT}" style="stroke:none"/>`,
    '<rect class="node" x="20" y="20" width="650" height="396" rx="8"/>',
    renderText(34, 42, "node", "note"),
    ...BOXES.map(renderBox),
    ...STEPS.flatMap(([path, x, y, label]) => [
      `<path d="${path}" marker-end="url(#head)"/>`,
      renderText(x, y, label, "note"),
    ]),
    "</svg>",
    "",
  ].join("\n");
}

function renderBox({ x, y, width, title, lines, emphasis }: Box): string {
  const height = 45 + lines.length * LINE_HEIGHT;
  return [
    `<rect${emphasis ? ' class="emphasis"' : ""} x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`,
    renderText(x + 14, y + 26, title, "title"),
    ...lines.map((line, index) => renderText(x + 14, y + 47 + index * LINE_HEIGHT, line, "note")),
  ].join("\n");
}

function renderText(x: number, y: number, content: string, kind: "title" | "note"): string {
  return `<text class="${kind}" x="${x}" y="${y}">${content}</text>`;
}
