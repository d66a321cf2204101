import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Scan } from '#contract/scans/scan.js';
import type { OsScanState } from '#domain/discovery/os-scan.js';
import { PortList } from '../../components/ports/port-list.tsx';
import { formatExact, formatLocal } from '../../format/instant.ts';
import { formatCount } from '../../format/number.ts';
import { isShortList, portsSummary, targetsSummary } from '../../format/scan-text.ts';

const TARGETS_SHOWN = 6;

/** What was asked for, in one quiet line each. */
export function ScanFacts({ scan }: { readonly scan: Scan }) {
  const startedAt = scan.started_at ?? scan.created_at;
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
      {scan.methods !== null && <Fact name="Methods">{scan.methods.join(', ')}</Fact>}
      {scan.resolver !== null && <Fact name="Resolver">{scan.resolver}</Fact>}
      {scan.methods === null && isShortList(scan.ports) && (
        <Fact name="Asked">{portsSummary(scan.ports)}</Fact>
      )}
      <Fact name="Engine" title={scan.engine_note ?? undefined}>
        {scan.live_hosts ? `${scan.engine}, live hosts alone` : scan.engine}
        {scan.engine_note !== null && <span className="sr-only"> {scan.engine_note}</span>}
      </Fact>
      {scan.schedule !== null && <Fact name="Schedule">{scan.schedule.name}</Fact>}
      {scan.os_scan !== null && (
        <Fact name="Systems">
          <Systems input={scan.os_scan} note={scan.engine_note} />
        </Fact>
      )}
      {scan.found_by !== null && (
        <Fact name="Hosts found by">
          <Link to="/discovery/$id" params={{ id: scan.found_by }} className={LINK}>
            a discovery
          </Link>
        </Fact>
      )}
      {scan.profile !== null && <Fact name="Profile">{profileText(scan.profile)}</Fact>}
      {scan.scan_type !== 'import' && <Fact name="Rate">{rateText(scan)}</Fact>}
      {scan.site !== 'default' && <Fact name="Site">{scan.site}</Fact>}
      {scan.network !== null && <Fact name="Network">{scan.network}</Fact>}
      {scan.outside_scope && <Fact name="Scope">outside it</Fact>}
      <Fact name={scan.started_at === null ? 'Created' : 'Started'}>
        <time dateTime={startedAt} title={formatExact(startedAt)}>
          {formatLocal(startedAt)}
        </time>
      </Fact>
      {/* Its duration tells when it ended, but for the time in which it stood still. */}
      {scan.idle_seconds !== 0 && scan.completed_at !== null && (
        <Fact name="Ended">
          <time dateTime={scan.completed_at} title={formatExact(scan.completed_at)}>
            {formatLocal(scan.completed_at)}
          </time>
        </Fact>
      )}
      {!isShortList(scan.ports) && <LongPortList ports={scan.ports} />}
    </dl>
  );
}

const LINK = 'underline decoration-dotted underline-offset-4 hover:text-accent';
const INPUT_TEXTS: Readonly<Record<OsScanState, string>> = {
  requested: 'told when this is over',
  started: 'detected by a scan that was purged since',
  no_hosts: 'none, since no host was found',
  refused: 'not detected',
};

interface SystemsProps {
  readonly input: NonNullable<Scan['os_scan']>;
  /** Of a wish that was refused, why. */
  readonly note: string | null;
}

/** What becomes of the systems of the hosts that a discovery found. */
function Systems({ input, note }: SystemsProps) {
  if (input.state === 'refused' && note !== null) return note;
  if (input.scan_id === null) return INPUT_TEXTS[input.state];
  return (
    <Link to="/scans/$id" params={{ id: input.scan_id }} className={LINK}>
      detected by a scan of the hosts found
    </Link>
  );
}

/** Last, because its list takes the whole width once it is open. */
function LongPortList({ ports }: { readonly ports: string }) {
  return (
    <div className="flex grow gap-1.5">
      <dt className="text-muted">Asked</dt>
      <dd className="min-w-0 grow">
        <details>
          <summary className="w-max underline decoration-dotted underline-offset-4">
            {portsSummary(ports)}
          </summary>
          <p className="mt-2 max-h-40 overflow-y-auto rounded-xl bg-sunken px-4 py-3 font-mono text-xs leading-5">
            <PortList ports={ports} />
          </p>
        </details>
      </dd>
    </div>
  );
}

function profileText({ name, overrides }: NonNullable<Scan['profile']>): string {
  return overrides.length === 0 ? name : `${name}, but for ${overrides.join(', ').replaceAll('_', ' ')}`;
}

function rateText({ rate, per_host_rate }: Scan): string {
  const complete =
    rate === null ? 'default' : rate === 'max' ? 'unlimited' : `${formatCount(rate)} packets/s`;
  return per_host_rate === null ? complete : `${complete}, ${formatCount(per_host_rate)} per host`;
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
