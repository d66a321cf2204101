/**
 * How many ports the canonical text of a `PortSet` holds, without the registry of names that `parsePorts`
 * carries; undefined for a text that is not canonical.
 */
export function countPorts(canonicalText: string): number | undefined {
  let count = 0;
  for (const item of canonicalText.split(',')) {
    const [, firstText, lastText = firstText] = /^(?:[TU]:)?(\d+)(?:-(\d+))?$/.exec(item) ?? [];
    if (firstText === undefined) return undefined;
    count += Number(lastText) - Number(firstText) + 1;
  }
  return count;
}
