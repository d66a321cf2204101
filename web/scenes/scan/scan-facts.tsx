import type { ReactNode } from 'react';
import type { Scan } from '#contract/scan.js';
import { Ago } from '../../components/now.tsx';
import { formatCount } from '../../format/number.ts';
import { portsSummary, targetsSummary } from '../../format/scan-text.ts';

const TARGETS_SHOWN = 6;

/** What was asked for, in one quiet line each. */
export function ScanFacts({ scan }: { readonly scan: Scan }) {
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-2 text-sm">
      <Fact name="Targets" title={scan.targets.length > TARGETS_SHOWN ? scan.targets.join('\n') : undefined}>
        <span className="font-mono text-[0.8125rem] break-all">
          {targetsSummary(scan.targets, TARGETS_SHOWN)}
        </span>
      </Fact>
      {scan.exclude.length > 0 && (
        <Fact name="Excluded">
          <span className="font-mono text-[0.8125rem] break-all">
            {targetsSummary(scan.exclude, TARGETS_SHOWN)}
          </span>
        </Fact>
      )}
      {scan.resolved.length > 0 && (
        <Fact name="Names">
          {scan.resolved
            .slice(0, TARGETS_SHOWN)
            .map(({ name, addresses }) => `${name} (${addresses.join(', ')})`)
            .join(', ')}
        </Fact>
      )}
      <Fact name="Asked" title={scan.ports}>
        {portsSummary(scan.ports)}
      </Fact>
      <Fact name="Engine">{scan.engine}</Fact>
      <Fact name="Rate">{rateText(scan)}</Fact>
      {scan.site !== 'default' && <Fact name="Site">{scan.site}</Fact>}
      <Fact name={scan.started_at === null ? 'Created' : 'Started'}>
        <Ago instant={scan.started_at ?? scan.created_at} />
      </Fact>
    </dl>
  );
}

function rateText({ rate, per_host_rate }: Scan): string {
  const whole = rate === null ? 'default' : rate === 'max' ? 'unlimited' : `${formatCount(rate)} packets/s`;
  return per_host_rate === null ? whole : `${whole}, ${formatCount(per_host_rate)} per host`;
}

interface FactProps {
  readonly name: string;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

function Fact({ name, title, children }: FactProps) {
  return (
    <div className="flex gap-1.5" title={title}>
      <dt className="text-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
