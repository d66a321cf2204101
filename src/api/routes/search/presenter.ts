import type { Found } from '#contract/hosts/search.js';
import type { FieldName } from '#domain/filter/fields.js';
import { allOf, fieldIs } from '#domain/filter/filter.js';
import { printFilter } from '#domain/filter/print.js';
import type {
  FoundHost,
  FoundLabel,
  FoundNetwork,
  FoundPort,
  FoundProfile,
  FoundScan,
  FoundSite,
} from '#store/filter/search.js';

const named = (field: FieldName, name: string) => fieldIs(field, { type: 'text', pattern: [name] });

const joined = (parts: readonly (string | null)[]) => parts.filter((part) => part !== null).join(', ');

export function presentHost({ uid, address, hostname, mac, vendor, site, status }: FoundHost): Found {
  return {
    kind: 'host',
    id: uid,
    title: address,
    detail: joined([hostname, mac, vendor, status, `site ${site}`]),
    filter: null,
  };
}

export function presentPort({ protocol, port, hosts }: FoundPort): Found {
  return {
    kind: 'port',
    id: null,
    title: `${port}/${protocol}`,
    detail: `open on ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`,
    filter: printFilter(fieldIs('port', { type: 'port', first: port, last: port, protocol })),
  };
}

export function presentService(name: string): Found {
  return {
    kind: 'service',
    id: null,
    title: name,
    detail: null,
    filter: printFilter(named('service', name)),
  };
}

export function presentLabel({ kind, uid, name }: FoundLabel): Found {
  return { kind, id: uid, title: name, detail: null, filter: printFilter(named(kind, name)) };
}

export function presentNetwork({ uid, name, cidr, site }: FoundNetwork): Found {
  return {
    kind: 'network',
    id: uid,
    title: name,
    detail: joined([name === cidr ? null : cidr, `site ${site}`]),
    filter: printFilter(allOf([named('network', name), named('site', site)])),
  };
}

export function presentSite({ uid, name }: FoundSite): Found {
  return { kind: 'site', id: uid, title: name, detail: null, filter: printFilter(named('site', name)) };
}

export function presentProfile({ id, name, description, isBuiltIn }: FoundProfile): Found {
  return {
    kind: 'profile',
    id,
    title: name,
    detail: joined([isBuiltIn ? 'built in' : null, description]),
    filter: null,
  };
}

export function presentScan({ uid, name, targets, status, createdAt }: FoundScan): Found {
  const probed = targets.join(', ');
  return {
    kind: 'scan',
    id: uid,
    title: name ?? probed,
    detail: joined([name === null ? null : probed, status, createdAt.toISOString()]),
    filter: null,
  };
}
