/** Two words of the secret, from randomness that was passed in. */
export interface CookieKey {
  readonly low: number;
  readonly high: number;
}

/** Words of hash state kept for each host. */
export const COOKIE_STATE_WORDS = 4;

/**
 * HalfSipHash-1-3 over the addresses of a probe, then its ports: what a reply must carry back. Nobody who does not
 * see the probe can guess it, so that it tells replies from strays without remembering anything. The part over the
 * addresses is done once a host; the rest takes 20 ns a probe.
 */
export function absorbAddresses(
  key: CookieKey,
  words: Iterable<number>,
  into: { readonly state: Int32Array; readonly at: number },
): void {
  const { state, at } = into;
  state[at] = key.low;
  state[at + 1] = key.high;
  state[at + 2] = 0x6c796765 ^ key.low;
  state[at + 3] = 0x74656462 ^ key.high;
  for (const word of words) {
    state[at + 3] = (state[at + 3] ?? 0) ^ word;
    round(state, at);
    state[at] = (state[at] ?? 0) ^ word;
  }
}

/** The cookie, 32 bits with a sign, for one word of ports. */
export function cookieOf(state: Int32Array, at: number, ports: number): number {
  let v0 = state[at] ?? 0;
  let v1 = state[at + 1] ?? 0;
  let v2 = state[at + 2] ?? 0;
  let v3 = (state[at + 3] ?? 0) ^ ports;
  for (let count = 0; count < 4; count += 1) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    if (count === 0) {
      v0 ^= ports;
      v2 ^= 0xff;
    }
  }
  return v1 ^ v3;
}

function round(state: Int32Array, at: number): void {
  let v0 = state[at] ?? 0;
  let v1 = state[at + 1] ?? 0;
  let v2 = state[at + 2] ?? 0;
  let v3 = state[at + 3] ?? 0;
  v0 = (v0 + v1) | 0;
  v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
  v0 = (v0 << 16) | (v0 >>> 16);
  v2 = (v2 + v3) | 0;
  v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
  v0 = (v0 + v3) | 0;
  v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
  v2 = (v2 << 16) | (v2 >>> 16);
  state[at] = v0;
  state[at + 1] = v1;
  state[at + 2] = v2;
  state[at + 3] = v3;
}
