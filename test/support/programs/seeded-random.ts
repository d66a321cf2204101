/** Numbers from 0 up to, excluding `below`, the same for the same seed (Park and Miller). */
export function seededRandom(seed: number): (below: number) => number {
  let state = (seed % 2_147_483_646) + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}
