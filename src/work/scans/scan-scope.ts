import { AddressSet } from '#domain/addresses/address-set.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { ScanConfirmation } from '#domain/scans/scan-confirmation.js';
import { beyondThisMachine, outsideScope } from '#domain/targets/scope.js';
import { firstOf } from '#domain/text/first-items.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { siteScopeOf } from '#store/sites/site-scopes.js';

/** Ranges that an error names. */
const RANGES_NAMED = 5;

export interface ScopeQuestion {
  readonly siteId: number;
  readonly targets: AddressSet;
  /** An administrator says that the scope does not count. */
  readonly outsideScope: boolean;
}

/**
 * Whether somebody has to say yes first, because the site has no scope and nobody has said that it may be scanned
 * anywhere. Throws `outside_scope`. This very machine is in every scope.
 */
export async function mustConfirmScope(executor: Executor, question: ScopeQuestion): Promise<boolean> {
  const { site, cidrs, isAccepted } = await siteScopeOf(executor, question.siteId);
  if (question.outsideScope) return false;
  if (cidrs.length === 0) return !isAccepted && beyondThisMachine(question.targets).size > 0n;
  const outside = outsideScope(question.targets, AddressSet.parse(cidrs));
  if (outside.size > 0n) throw beyondScope(site, cidrs, outside);
  return false;
}

function beyondScope(site: string, cidrs: readonly string[], outside: AddressSet): ScanoramaError {
  const names = outside.toTexts();
  return new ScanoramaError(
    'outside_scope',
    `${firstOf(names, RANGES_NAMED)} ${names.length === 1 ? 'lies' : 'lie'} outside the scope of the site ${quote(site)}, which is ${firstOf(cidrs, RANGES_NAMED)}.`,
    {
      hint: `Widen the scope (\`scanorama sites scope ${labelOf(site)} add CIDR\`), or say as an administrator that it does not count (--outside-scope, or "outside_scope": true).`,
      at: names[0] ?? '',
      facts: { site, outside: names.slice(0, RANGES_NAMED), scope: cidrs.slice(0, RANGES_NAMED) },
    },
  );
}

/** The name of a site as a shell takes it: it may hold spaces, and no quotes. */
function labelOf(site: string): string {
  return site.includes(' ') ? `'${site}'` : site;
}

/** The question to whoever starts the first scan of a site without a scope. */
export function scopeConfirmationRequired(site: string, targets: AddressSet): ScanoramaError {
  const names = beyondThisMachine(targets).toTexts();
  return new ScanoramaError(
    'confirmation_required',
    `The site ${quote(site)} has no scope, so nothing limits what is scanned there, and this scan would ask ${firstOf(names, RANGES_NAMED)}.`,
    {
      hint: `Say yes to it (--yes, or "confirm_unscoped": true) and it is not asked again, or give the site a scope with \`scanorama sites scope ${labelOf(site)} set CIDR\`.`,
      facts: { confirm: 'confirm_unscoped' satisfies ScanConfirmation, site },
    },
  );
}
