/**
 * The fetch types that Google's HTTP client works with.
 *
 * perf: the build replaces this module by scripts/build/fetch-types.ts, because Node's own types load undici, a third of a
 * node's login (Node.js 24).
 */
const NodeHeaders = Headers;
const NodeResponse = Response;

export { NodeHeaders as Headers, NodeResponse as Response };
