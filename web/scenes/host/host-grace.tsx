import { type SubmitEvent, useState } from 'react';
import type { HostDetail } from '#contract/host.js';
import { setGrace } from '../../actions/host-actions.ts';
import { useAction } from '../../actions/use-action.ts';
import { failureOf } from '../../api/failure.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { GraceFields, graceDraft, readGrace } from '../grace-fields.tsx';

/** How long this host may be silent: a phone that sleeps and a switch differ. */
export function HostGrace({ host }: { readonly host: HostDetail }) {
  const [draft, setDraft] = useState(graceDraft(host));
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(setGrace, setError);

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    try {
      await perform({ host, change: readGrace(draft) });
    } catch (unread) {
      setError(unread);
    }
  }

  return (
    <Panel title="Grace">
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {error !== undefined && <FailureNotice failure={failureOf(error)} />}
        <div className="grid items-end gap-4 sm:grid-cols-[1fr_1fr_auto]">
          <GraceFields
            draft={draft}
            otherwise="As its network"
            onChange={(to) => {
              setError(undefined);
              setDraft(to);
            }}
          />
          <Button type="submit" disabled={pending} className="sm:mb-6.5">
            {setGrace.label}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
