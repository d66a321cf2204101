import { EVIDENCE_KINDS } from '#domain/devices/device.js';
import { type Binding, type Evidence, type Tenure, tenuresOf } from '#identity/bindings.js';
import { EVIDENCE_RULES } from '#identity/evidence.js';
import { type IdentifyResult, identify } from '#identity/identify.js';
import type { Executor } from '#store/database/database.js';
import {
  type BindingRow,
  bindingsOf,
  connectedHosts,
  decisionsOf,
  type EvidenceRow,
  evidenceOf,
  insertBindings,
  nameBindings,
  type Part,
} from '#store/devices/device-component.js';
import type { LinkRule } from '#store/devices/device-evidence.js';
import { type Projection, writeProjection } from '#store/devices/device-projection.js';
import { forgetWork } from '#store/devices/device-queue.js';
import type { WorkContext } from '#work/context/context.js';
import { newUid } from '#work/edits/record-edit.js';

/** The kinds of evidence that link hosts. */
export const LINK_RULES: readonly LinkRule[] = EVIDENCE_KINDS.filter(
  (kind) => EVIDENCE_RULES[kind].weight > 0,
).map((kind) => ({ kind, commonAbove: EVIDENCE_RULES[kind].commonAbove }));

/** The outcome of computing devices. */
export interface FoldOutcome {
  /** Hosts that were read: the requested ones and all connected hosts. */
  readonly hosts: number;
  /** Rows of devices that changed. */
  readonly written: number;
}

/**
 * Computes the devices of these hosts from evidence and decisions. The caller must hold the device lock of the site.
 */
export async function foldDevices(
  context: WorkContext,
  executor: Executor,
  probed: Part,
): Promise<FoldOutcome> {
  const { siteId } = probed;
  const part = { siteId, hostIds: await connectedHosts(executor, probed, LINK_RULES) };
  const evidence = await readEvidence(executor, part);
  const tenures = tenuresByHost(part.hostIds, evidence);
  const plan = planBindings(await bindingsOf(executor, part.hostIds), tenures);
  await nameBindings(executor, plan.named);
  const created = plan.created.map((binding) => ({ ...binding, uid: newUid(context) }));
  await insertBindings(executor, created);
  const projection = await project(executor, part, { evidence, tenures });
  const written = await writeProjection(executor, part, projection);
  await forgetWork(executor, part.hostIds);
  return { hosts: part.hostIds.length, written };
}

/** Computes the devices of a part without storing them. Returns undefined when an address binding is missing. */
export async function projectPart(executor: Executor, part: Part): Promise<Projection | undefined> {
  const evidence = await readEvidence(executor, part);
  const tenures = tenuresByHost(part.hostIds, evidence);
  const { named, created } = planBindings(await bindingsOf(executor, part.hostIds), tenures);
  if (named.length > 0 || created.length > 0) return undefined;
  return project(executor, part, { evidence, tenures });
}

async function readEvidence(executor: Executor, part: Part): Promise<readonly Evidence[]> {
  const rows = await evidenceOf(executor, part, LINK_RULES);
  return rows.map(({ fromMs, toMs, ...row }: EvidenceRow) => ({
    ...row,
    times: fromMs.map((from, index) => ({ fromMs: from, toMs: toMs[index] ?? from })),
  }));
}

type Tenures = ReadonlyMap<number, readonly Tenure[]>;

function tenuresByHost(hostIds: readonly number[], evidence: readonly Evidence[]): Tenures {
  const ofHost = Map.groupBy(evidence, ({ hostId }) => hostId);
  return new Map(hostIds.map((hostId) => [hostId, tenuresOf(ofHost.get(hostId) ?? [])]));
}

interface BindingPlan {
  readonly named: readonly { readonly id: number; readonly mac: string }[];
  readonly created: readonly { readonly hostId: number; readonly mac: string | null }[];
}

/**
 * A host without a known MAC address keeps its binding when the first one is seen. Each further one creates another.
 */
function planBindings(standing: readonly BindingRow[], tenures: Tenures): BindingPlan {
  const ofHost = Map.groupBy(standing, ({ hostId }) => hostId);
  const named: { id: number; mac: string }[] = [];
  const created: { hostId: number; mac: string | null }[] = [];
  for (const [hostId, held] of tenures) {
    const known = ofHost.get(hostId) ?? [];
    const macs = [...new Set(held.map(({ mac }) => mac))].filter(
      (mac) => !known.some((binding) => binding.mac === mac),
    );
    let unnamed = known.find(({ mac }) => mac === null);
    for (const mac of macs) {
      if (unnamed !== undefined && mac !== null) {
        named.push({ id: unnamed.id, mac });
        unnamed = undefined;
      } else created.push({ hostId, mac });
    }
  }
  return { named, created };
}

async function project(
  executor: Executor,
  { hostIds }: Part,
  { evidence, tenures }: { readonly evidence: readonly Evidence[]; readonly tenures: Tenures },
): Promise<Projection> {
  const bindings = heldBindings(await bindingsOf(executor, hostIds), tenures);
  const decisions = await decisionsOf(executor, hostIds);
  const identified = identify({ bindings, evidence, decisions, tenures });
  return { ...identified, held: heldAddresses(identified, { bindings, tenures }) };
}

/** The bindings that hold their address at some time. */
function heldBindings(bindings: readonly BindingRow[], tenures: Tenures): readonly Binding[] {
  return bindings.filter(({ hostId, mac }) => tenures.get(hostId)?.some((tenure) => tenure.mac === mac));
}

function heldAddresses(
  { devices }: IdentifyResult,
  { bindings, tenures }: { readonly bindings: readonly Binding[]; readonly tenures: Tenures },
): Projection['held'] {
  const deviceOf = new Map(
    devices.flatMap(({ id, bindingIds }) => bindingIds.map((bindingId) => [bindingId, id])),
  );
  const bindingOf = new Map(bindings.map(({ id, hostId, mac }) => [`${hostId} ${mac}`, id]));
  return [...tenures].flatMap(([hostId, held]) =>
    held.flatMap(({ mac, sinceMs }) => {
      const bindingId = bindingOf.get(`${hostId} ${mac}`);
      const deviceId = bindingId === undefined ? undefined : deviceOf.get(bindingId);
      return bindingId === undefined || deviceId === undefined
        ? []
        : [{ hostId, sinceMs, bindingId, deviceId }];
    }),
  );
}
