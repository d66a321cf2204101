const UNITS_MS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;
const MAX_AGE_MS = 3_650 * UNITS_MS.d;

const isUnit = (unit: string | undefined): unit is keyof typeof UNITS_MS =>
  unit !== undefined && Object.hasOwn(UNITS_MS, unit);

/** How long ago, `90s`, `30m`, `12h`, `7d` or `2w`, in milliseconds; at most ten years. Undefined for other text. */
export function parseAge(text: string): number | undefined {
  const [, digits = '', unit] = /^(\d{1,9})([a-z])$/i.exec(text) ?? [];
  const name = unit?.toLowerCase();
  if (!isUnit(name)) return undefined;
  const ageMs = Number(digits) * UNITS_MS[name];
  return ageMs <= MAX_AGE_MS ? ageMs : undefined;
}

/** In the largest unit that leaves nothing over. */
export function ageText(ageMs: number): string {
  const units = Object.entries(UNITS_MS);
  const [unit, unitMs] = units.find(([, ms]) => ageMs >= ms && ageMs % ms === 0) ?? ['s', UNITS_MS.s];
  return `${ageMs / unitMs}${unit}`;
}

const ISO =
  /^(?<date>\d{4}-\d\d-\d\d)(?:T(?<time>\d\d:\d\d)(?<seconds>:\d\d(?:\.\d{1,3})?)?(?<timezone>Z|[+-]\d\d:\d\d)?)?$/i;

/**
 * Milliseconds since 1970-01-01 UTC of an ISO 8601 date or instant. Without a zone it is UTC wherever it is read; whether
 * somebody may leave it out is for `lacksTimezone`.
 */
export function parseTimestamp(text: string): number | undefined {
  const groups = ISO.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { date = '', time = '00:00', seconds = ':00', timezone = 'Z' } = groups;
  const local = Date.parse(`${date}T${time}${seconds}Z`);
  const atMs = Date.parse(`${date}T${time}${seconds}${timezone.toUpperCase()}`);
  if (Number.isNaN(local) || Number.isNaN(atMs)) return undefined;
  // A day or an hour that there is not would be the one after; a zone may lead out of the years of four digits.
  const isReal = new Date(local).toISOString().startsWith(`${date}T${time}`);
  return isReal && new Date(atMs).toISOString().length === 24 ? atMs : undefined;
}

/** Whether a text is an instant of a day, of which it does not say by whose clock. */
export function lacksTimezone(text: string): boolean {
  return parseTimestamp(text) !== undefined && parseTimestamp(`${text}Z`) !== undefined;
}

/** As short as it can be said: a date alone at midnight UTC. */
export function timeText(atMs: number): string {
  const text = new Date(atMs).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.replace(/(?::00)?\.000Z$/, 'Z');
}
