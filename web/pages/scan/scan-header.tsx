import type { Scan } from '#contract/scans/scan.js';
import { ActionButton } from '../../actions/actions/action-button.tsx';
import { useOffer, useShortcuts } from '../../actions/actions/use-action.ts';
import { deleteScan, restoreScan, resumeScan, stopScan } from '../../actions/scans/scan-actions.ts';
import { PartialMark, ScanStatusBadge } from '../../components/feedback/badge.tsx';
import { FailureNotice } from '../../components/feedback/notice.tsx';
import { PageHeading } from '../../components/lists/panel.tsx';
import { scanTitle } from '../../format/scan-text.ts';
import { ScanFacts } from './scan-facts.tsx';
import { ScanTags } from './scan-tags.tsx';
import { ScanWarnings } from './scan-warnings.tsx';

/** What a scan of any kind is, how it stands, and what can be done with it. */
export function ScanHeader({ scan }: { readonly scan: Scan }) {
  const stop = useOffer(stopScan, scan);
  const resume = useOffer(resumeScan, scan);
  const remove = useOffer(deleteScan, scan);
  const restore = useOffer(restoreScan, scan);
  useShortcuts([stop, resume]);
  return (
    <div className="flex flex-col gap-3">
      <PageHeading title={scanTitle(scan)}>
        <div className="flex items-center gap-2">
          <ActionButton offer={stop} />
          <ActionButton offer={resume} variant="primary" />
          <ActionButton offer={remove} variant="subtle" />
          <ActionButton offer={restore} variant="primary" />
        </div>
      </PageHeading>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <output aria-label="Scan status" className="flex gap-1.5">
          <ScanStatusBadge status={scan.status} />
          {scan.partial && <PartialMark />}
        </output>
        <ScanFacts scan={scan} />
      </div>
      {scan.description !== null && scan.description !== '' && (
        <p className="max-w-prose text-sm">{scan.description}</p>
      )}
      <ScanTags scan={scan} />
      <ScanWarnings scan={scan} />
      {scan.error && (
        <FailureNotice failure={{ sentence: scan.error.message, hint: resumeHint(resume.available) }} />
      )}
    </div>
  );
}

function resumeHint(canResume: boolean): string | undefined {
  return canResume ? 'Nothing that was stored is lost: Resume goes on with what is left.' : undefined;
}
