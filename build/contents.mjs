export function table(sizes) {
  const rows = Object.entries(sizes).sort((one, other) => other[1] - one[1]);
  const total = rows.reduce((sum, [, bytes]) => sum + bytes, 0);
  return [...rows, ["bundle", total]]
    .map(([name, bytes]) => `${bytes.toLocaleString("en").padStart(10)}  ${name}`)
    .join("\n");
}
export function checkPackages() {}
