import type { Scan } from '#contract/scan.js';
import { nothingAskedText } from '#domain/unasked.js';
import { EmptyState } from './notice.tsx';

/** In place of what a scan found that asked nobody: that says nothing of whether anybody is there. */
export function NothingAsked({ scan }: { readonly scan: Scan }) {
  const [what = '', why = ''] = nothingAskedText(scan).split(': ');
  return (
    <EmptyState title={upperFirst(what)}>
      {`${upperFirst(why)}; that says nothing of who is there.`}
    </EmptyState>
  );
}

const upperFirst = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
