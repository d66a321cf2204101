/** The members of a JSON object; undefined for any other text. */
export function parseJsonObject(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return membersOf(parsed);
  } catch {
    return undefined;
  }
}

/** The members of a value that may be an object. */
export function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined;
}
