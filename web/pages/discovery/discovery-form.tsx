import { type SubmitEvent, useState } from 'react';
import type { DiscoveryRequest } from '#contract/discovery/discovery.js';
import { useAction } from '../../actions/actions/use-action.ts';
import { startDiscovery } from '../../actions/scans/discovery-actions.ts';
import { failureOf } from '../../api/failure.ts';
import { Button } from '../../components/controls/button.tsx';
import { Foldout } from '../../components/controls/foldout.tsx';
import { PlayIcon } from '../../components/feedback/icons.tsx';
import { FailureNotice } from '../../components/feedback/notice.tsx';
import { fieldsOf } from '../../components/forms/draft-fields.ts';
import { CheckField, TextField } from '../../components/forms/fields.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import {
  EMPTY_SETTINGS,
  type GivenSettings,
  readSettings,
  type SettingDraft,
} from '../../settings/setting-draft.ts';
import { NumberSettings } from '../../settings/setting-fields.tsx';
import { ExcludeField } from '../fields/exclude-field.tsx';
import { OutsideScopeField } from '../fields/outside-scope-field.tsx';
import { SiteField } from '../fields/site-field.tsx';
import { textsOf } from '../scans/draft.ts';
import { type MethodDraft, MethodFields, methodsText } from './method-fields.tsx';

interface Draft extends MethodDraft, SettingDraft {
  readonly networks: string;
  readonly exclude: string;
  readonly site: string;
  readonly addNetworks: boolean;
  readonly detectOs: boolean;
  /** An administrator says that the scope of the site does not count. */
  readonly outsideScope: boolean;
}

const NOTHING_CHOSEN = {
  ...EMPTY_SETTINGS,
  exclude: '',
  methods: [],
  resolver: '',
  addNetworks: false,
  detectOs: false,
  outsideScope: false,
} as const;

interface DiscoveryFormProps {
  readonly offered: Pick<Draft, 'networks' | 'site'>;
}

export function DiscoveryForm({ offered }: DiscoveryFormProps) {
  const [draft, setDraft] = useState<Draft>({ ...offered, ...NOTHING_CHOSEN });
  const [error, setError] = useState<unknown>();
  const start = useAction(startDiscovery, setError);
  const { given, failures } = readSettings(draft);
  const canStart = textsOf(draft.networks).length > 0 && Object.keys(failures).length === 0;
  const change = (changes: Partial<Draft>): void => {
    setError(undefined);
    setDraft({ ...draft, ...changes });
  };
  const field = fieldsOf(draft, change);

  function onSubmit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (canStart) void start.perform(requestOf(draft, given));
  }

  return (
    <Panel title="Look for hosts">
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        {error !== undefined && <FailureNotice failure={failureOf(error)} />}
        <OutsideScopeField error={error} {...field('outsideScope')} />
        <div className="grid gap-4 sm:grid-cols-[2fr_1fr]">
          <TextField
            label="Networks"
            hint="Networks, ranges, addresses, or network:NAME of a stored one."
            isCode
            placeholder="198.18.0.0/24"
            {...field('networks')}
          />
          <SiteField {...field('site')} />
        </div>
        <MethodFields draft={draft} onChange={change} />
        <Foldout title="Advanced" opensFor={Object.keys(failures).join()}>
          <ExcludeField {...field('exclude')} />
          <NumberSettings
            names={['rate', 'perHostRate']}
            draft={draft}
            failures={failures}
            onChange={change}
          />
        </Foldout>
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
          <CheckField label="Store these networks" {...field('addNetworks')} />
          <CheckField label="Then tell the systems of the hosts found, by nmap" {...field('detectOs')} />
          <Button
            type="submit"
            variant="primary"
            pending={start.pending}
            disabled={!canStart}
            className="ml-auto"
          >
            <PlayIcon />
            {startDiscovery.label}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function requestOf(draft: Draft, { rate, per_host_rate }: GivenSettings): DiscoveryRequest {
  const { networks, site, addNetworks, detectOs, outsideScope } = draft;
  const exclude = textsOf(draft.exclude);
  return {
    // The name of a stored network may hold spaces, so commas alone part them where one is named.
    networks: networks.includes('network:') ? [networks.trim()] : textsOf(networks),
    site,
    ...methodsText(draft),
    ...(exclude.length > 0 ? { exclude } : {}),
    rate: rate ?? undefined,
    per_host_rate: per_host_rate ?? undefined,
    ...(addNetworks ? { add_networks: true } : {}),
    ...(detectOs ? { detect_os: true } : {}),
    ...(outsideScope ? { outside_scope: true } : {}),
  };
}
