/**
 * The fetch types that Google's HTTP client works with.
 *
 * perf: the build replaces this module by scripts/build/fetch-types.ts, because Node's own types load undici, which takes half
 * as long as a bare start (Node.js 24).
 */
const NodeHeaders = Headers;
const NodeResponse = Response;

export { NodeHeaders as Headers, NodeResponse as Response };
