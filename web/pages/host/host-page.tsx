import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { HostDetail } from '#contract/hosts/host.js';
import { ActionButton } from '../../actions/actions/action-button.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { deleteHost, ignoreHost, restoreHost, unignoreHost } from '../../actions/hosts/host-actions.ts';
import { isNotFound } from '../../api/failure.ts';
import { hostQuery } from '../../api/queries.ts';
import { buttonClass } from '../../components/controls/button.tsx';
import { FlappingMark, HostStatusBadge } from '../../components/feedback/badge.tsx';
import { PlayIcon } from '../../components/feedback/icons.tsx';
import { PageHeading } from '../../components/lists/panel.tsx';
import { formatExact } from '../../format/instant.ts';
import { hostReasonSentence } from '../../format/reason-text.ts';
import { NotYet } from '../shell/not-found.tsx';
import { HostCompleteness } from './host-completeness.tsx';
import { HostDownAfter } from './host-down-after.tsx';
import { HostEvidence } from './host-evidence.tsx';
import { HostFacts } from './host-facts.tsx';
import { HostFields } from './host-fields.tsx';
import { HostHistory } from './host-history.tsx';
import { HostNames } from './host-names.tsx';
import { HostNotes } from './host-notes.tsx';
import { HostPorts } from './host-ports.tsx';
import { HostStatusCard } from './host-status.tsx';
import { HostTags } from './host-tags.tsx';

const route = getRouteApi('/shell/hosts/$id');

export function HostPage() {
  const { id } = route.useParams();
  const host = useQuery(hostQuery(id));

  // What was known of one that was purged since says nothing any more.
  if (host.data === undefined || isNotFound(host.error))
    return <NotYet confirmed={host} title="There is no such host" list="/hosts" />;
  // What is typed for one host must not stand in the fields of the next.
  return (
    <Fragment key={id}>
      <HostHeader host={host.data} />
      <HostFacts host={host.data} />
      <HostCompleteness host={host.data} />
      <HostStatusCard host={host.data} />
      <HostDownAfter host={host.data} />
      <HostNames host={host.data} />
      <HostTags host={host.data} />
      <HostFields host={host.data} />
      <HostPorts ports={host.data.ports} />
      <HostEvidence ssh_servers={host.data.ssh_servers} certificates={host.data.certificates} />
      <HostNotes host={host.data} />
      <HostHistory changes={host.data.history} completeSince={host.data.history_since} />
    </Fragment>
  );
}

function HostHeader({ host }: { readonly host: HostDetail }) {
  const { ip, site, status, status_reason, deleted_at, deleted_by, flapping, ignored } = host;
  const name = host.custom_name ?? host.hostname;
  const ignore = useOffer(ignoreHost, host);
  const unignore = useOffer(unignoreHost, host);
  const remove = useOffer(deleteHost, host);
  const restore = useOffer(restoreHost, host);
  return (
    <div className="flex flex-col gap-2">
      <PageHeading title={name ?? ip}>
        <div className="flex flex-wrap items-center gap-2">
          {host.device !== null && (
            <Link to="/devices/$id" params={{ id: host.device.id }} className={buttonClass()}>
              Its device
            </Link>
          )}
          <Link to="/scans" search={{ targets: ip, site }} className={buttonClass()}>
            <PlayIcon />
            Scan this host
          </Link>
          <ActionButton offer={ignore} variant="subtle" />
          <ActionButton offer={unignore} variant="subtle" />
          <ActionButton offer={remove} variant="subtle" />
          <ActionButton offer={restore} variant="primary" />
        </div>
      </PageHeading>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <HostStatusBadge status={status} />
        {flapping && <FlappingMark />}
        {status_reason !== null && <span title={status_reason}>{hostReasonSentence(status_reason)}</span>}
        {name !== null && <span className="font-mono">{ip}</span>}
        {ignored && <span>ignored: lists and alerts leave it out</span>}
        {deleted_at !== null && (
          <span title={formatExact(deleted_at)}>
            deleted{deleted_by !== null && ` by ${deleted_by}`}, until a scan sees it again
          </span>
        )}
      </p>
    </div>
  );
}
