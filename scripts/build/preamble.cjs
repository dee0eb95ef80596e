/**
 * No code is made from strings. Node's --disallow-code-generation-from-strings would say so too, but V8 then takes
 * neither the script's code cache nor those of Node's own modules: a third of a bare start.
 */
function refuse() {
  throw new EvalError("no code is made from strings");
}
// Node's own modules look for Function.prototype by this way.
refuse.prototype = Function.prototype;
for (const callable of [() => {}, async () => {}, function* () {}, async function* () {}]) {
  Object.defineProperty(Object.getPrototypeOf(callable), "constructor", { value: refuse });
}
globalThis.eval = refuse;
globalThis.Function = refuse;
