/** The parts that programs cut a rate into between them. Up to sixteen programs get as many each, without a rest. */
export const ALL_PARTS = 720_720;

/** `1/3`, or a percentage where it is no such fraction. */
export function shareText(parts: number): string {
  if (parts === ALL_PARTS) return 'all';
  if (parts === 0) return 'nothing';
  return ALL_PARTS % parts === 0 ? `1/${ALL_PARTS / parts}` : `${((100 * parts) / ALL_PARTS).toFixed(1)} %`;
}
