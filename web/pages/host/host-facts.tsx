import type { ReactNode } from 'react';
import type { HostDetail } from '#contract/hosts/host.js';
import { Ago } from '../../components/feedback/now.tsx';
import { Panel } from '../../components/lists/panel.tsx';

export function HostFacts({ host }: { readonly host: HostDetail }) {
  return (
    <Panel title="Facts">
      <dl className="grid grid-cols-2 gap-x-4 gap-y-4 text-sm sm:grid-cols-3 lg:grid-cols-4">
        <Fact name="Address">
          <span className="font-mono break-all">{host.ip}</span>
        </Fact>
        <Fact name="Name">{host.custom_name ?? host.hostname}</Fact>
        <Fact name="MAC address">
          {host.mac && (
            <>
              <span className="font-mono">{host.mac}</span>
              {host.mac_randomized && <span className="text-muted"> (randomized)</span>}
            </>
          )}
        </Fact>
        <Fact name="Vendor">{host.vendor}</Fact>
        <Fact name="Operating system">{host.os_family}</Fact>
        <Fact name="Site">{host.site}</Fact>
        <Fact name="First seen">
          <Ago time={host.first_seen} />
        </Fact>
        <Fact name="Last seen">
          <Ago time={host.last_seen} />
        </Fact>
      </dl>
    </Panel>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="mt-0.5 break-words">{children ?? <span className="text-muted">not known</span>}</dd>
    </div>
  );
}
