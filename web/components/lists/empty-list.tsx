import type { ReactNode } from 'react';
import type { Scan } from '#contract/scans/scan.js';
import { isNothingProbed, isOfNamesAlone, nothingProbedText } from '#domain/scans/unprobed.js';
import { EmptyState } from '../feedback/notice.tsx';

interface NothingFoundProps {
  readonly scan: Scan;
  /** Where those are shown that kept silent. */
  readonly children?: ReactNode;
}

/** In place of what a scan that is over found, where that is nothing: whatever that says of who is there. */
export function NothingFound({ scan, children }: NothingFoundProps) {
  const { methods, progress } = scan;
  if (isOfNamesAlone(methods))
    return (
      <EmptyState title="No name was found">
        Only a resolver was asked, for names; that says nothing of who is there.
      </EmptyState>
    );
  if (isNothingProbed(scan)) return <NothingProbed scan={scan} />;
  if (progress.completed < progress.positions)
    return (
      <EmptyState title="Nothing was found before it ended">
        That says nothing of those whom it had not asked by then.
      </EmptyState>
    );
  return <EmptyState title="No host responded">{children}</EmptyState>;
}

function NothingProbed({ scan }: { readonly scan: Scan }) {
  const [what = '', why = ''] = nothingProbedText(scan).split(': ');
  return (
    <EmptyState title={upperFirst(what)}>
      {`${upperFirst(why)}; that says nothing of who is there.`}
    </EmptyState>
  );
}

const upperFirst = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
