/**
 * Forbids code generation from strings. Node's --disallow-code-generation-from-strings would do the same, but with it V8
 * rejects the code cache of the script and those of Node's own modules, which costs a third of a bare start (Node.js 24).
 */
function refuse() {
  throw new EvalError("code generation from strings is disabled");
}
// Node's own modules reach Function.prototype through the constructor.
refuse.prototype = Function.prototype;
for (const callable of [() => {}, async () => {}, function* () {}, async function* () {}]) {
  Object.defineProperty(Object.getPrototypeOf(callable), "constructor", { value: refuse });
}
globalThis.eval = refuse;
globalThis.Function = refuse;
