import type { Site, SiteChange } from '#contract/networks/site.js';
import { isSameSet } from '#domain/text/same-set.js';
import { textsOf } from '../scans/draft.ts';

/** What the form of a site holds while it is typed. */
interface SiteDraft {
  readonly name: string;
  /** A network per line. */
  readonly scope: string;
}

export function siteDraftOf({ name, scope }: Site): SiteDraft {
  return { name, scope: scope.join('\n') };
}

/** What is different: what nobody touched is not sent, since it may be another by now. */
export function siteChangeOf(before: Site, draft: SiteDraft): SiteChange {
  const name = draft.name.trim();
  const scope = textsOf(draft.scope);
  return {
    ...(name !== before.name && { name }),
    ...(!isSameSet(scope, before.scope) && {
      scope,
      expected_scope: before.scope,
    }),
  };
}
