/** The XML of AWS's query protocol. */
import type { Answer } from "./exchange.ts";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

export type Tree = { readonly [name: string]: string | Tree };

let requests = 0;

export function stsResult(action: string, result: Tree): Answer {
  const id = requestId();
  const body = tags({ [`${action}Result`]: result, ResponseMetadata: { RequestId: id } });
  return xml(200, `<${action}Response xmlns="${NAMESPACE}">${body}</${action}Response>`, id);
}

export function stsError(status: number, code: string, message: string): Answer {
  const id = requestId();
  const type = status >= 500 ? "Receiver" : "Sender";
  const body = tags({ Error: { Type: type, Code: code, Message: message }, RequestId: id });
  return xml(status, `<ErrorResponse xmlns="${NAMESPACE}">${body}</ErrorResponse>`, id);
}

function requestId(): string {
  requests += 1;
  return `00000000-0000-4000-b000-${String(requests).padStart(12, "0")}`;
}

const xml = (status: number, body: string, id: string): Answer => ({
  status,
  headers: { "content-type": "text/xml", "x-amzn-requestid": id },
  body: `${body}\n`,
});

function tags(tree: Tree): string {
  const parts = Object.entries(tree).map(([name, value]) => {
    const inner = typeof value === "string" ? escapeText(value) : tags(value);
    return `<${name}>${inner}</${name}>`;
  });
  return parts.join("");
}

const escapeText = (value: string): string =>
  value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
