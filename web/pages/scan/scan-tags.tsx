import { useState } from 'react';
import type { Scan } from '#contract/scans/scan.js';
import { useAction } from '../../actions/actions/use-action.ts';
import { tagScans } from '../../actions/hosts/bulk-actions.ts';
import { AddTags } from '../../components/forms/add-tags.tsx';
import { TagChips } from '../../components/hosts/tag-chips.tsx';

/** How a scan or a discovery run is marked. */
export function ScanTags({ scan }: { readonly scan: Scan }) {
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(tagScans, setError);
  const tag = (action: 'add' | 'remove', tags: readonly string[]) => {
    setError(undefined);
    return perform({ scan_ids: [scan.id], tags: [...tags], action });
  };
  return (
    <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
      <TagChips tags={scan.tags} onRemove={(name) => void tag('remove', [name])} />
      <details className="text-sm">
        <summary className="w-max text-muted underline decoration-dotted underline-offset-4 hover:text-ink">
          Tag this
        </summary>
        <div className="mt-2 max-w-md">
          <AddTags error={error} pending={pending} onAdd={(names) => tag('add', names)} />
        </div>
      </details>
    </div>
  );
}
