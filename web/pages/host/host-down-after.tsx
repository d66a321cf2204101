import type { HostDetail } from '#contract/hosts/host.js';
import { useForm } from '../../actions/actions/use-form.ts';
import { setDownAfter } from '../../actions/hosts/host-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { FailureNotice } from '../../components/feedback/notice.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { DownAfterFields, downAfterDraft, readDownAfter } from '../fields/down-after-fields.tsx';

/** How long this host may be silent: a phone that sleeps and a switch differ. */
export function HostDownAfter({ host }: { readonly host: HostDetail }) {
  const { draft, failure, pending, change, forget, submit } = useForm(setDownAfter, downAfterDraft(host));
  const onSubmit = submit((typed) => ({ host, given: readDownAfter(typed) }), forget);
  return (
    <Panel title="Grace">
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        {failure && <FailureNotice failure={failure} />}
        <div className="grid items-end gap-4 sm:grid-cols-[1fr_1fr_auto]">
          <DownAfterFields draft={draft} otherwise="As its network" onChange={change} />
          <Button type="submit" pending={pending} className="sm:mb-6.5">
            {setDownAfter.label}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
