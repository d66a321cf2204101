/** Things that are all that a filter finds, in one act. */
export const MAX_SELECTED = 10_000;

/** The ids of those that a dry run told would end so: what a person says yes to. */
export function idsEnding<End extends string>(
  results: readonly { readonly id: string; readonly outcome: End }[],
  end: End,
): string[] {
  return results.flatMap(({ id, outcome }) => (outcome === end ? [id] : []));
}
