import { confirm } from '#cli/arguments/confirm.js';
import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import { forEachNamed } from '#cli/arguments/for-each.js';
import { ID_BEGINNING } from '#cli/arguments/id-arguments.js';
import { usage } from '#cli/arguments/usage.js';
import {
  HOST_SITE_FLAG,
  type HostName,
  hostArgumentOf,
  hostReference,
  hostText,
} from '#cli/hosts/host-arguments.js';
import { type CliCommand, type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import type { ExitCode } from '#cli/program/exit.js';
import { spokenAs } from '#cli/program/program-name.js';
import {
  DELETE_SCANS_FLAGS,
  type DeleteScansPlan,
  parseDeleteScans,
  runDeleteScans,
} from '#cli/scans/delete-scans.js';
import { scanArgumentOf, scanIdOf } from '#cli/scans/scan-arguments.js';
import type { Client } from '#contract/api/client.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { counted } from '#domain/text/count-text.js';
import { clip, quote } from '#domain/text/quote.js';

/** A kind of object that can be deleted, with the texts for it. */
interface Deletable {
  readonly group: 'scans' | 'hosts';
  readonly noun: string;
  readonly argument: { readonly name: string; readonly help: string };
  /** The argument of a purge, which may accept fewer forms. */
  readonly purged: { readonly name: string; readonly help: string };
  readonly example: string;
  readonly undeleted: string;
  /** What else a purge removes and what it keeps. */
  readonly purgeTakes: string;
  nameOf(arg: string, site: string | undefined): HostName;
  /** The id or address by which the server knows it. */
  referenceOf(client: Client, name: HostName): Promise<string>;
  readonly flags: readonly FlagSpec[];
  readonly restore: (client: Client, id: string) => Promise<{ readonly restored: boolean }>;
  readonly purge: (client: Client, id: string) => Promise<void>;
}

const SCAN_ARGUMENT = { name: 'id', help: `the ids of the scans, ${ID_BEGINNING}, or last` };

const SCANS: Deletable = {
  group: 'scans',
  noun: 'scan',
  argument: SCAN_ARGUMENT,
  purged: SCAN_ARGUMENT,
  example: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47',
  undeleted: 'the scan is in the lists again',
  purgeTakes: 'with the rows it stored; hosts and their history keep what it found',
  nameOf: (arg) => ({ id: scanArgumentOf(arg) }),
  referenceOf: (client, name) => scanIdOf(client, hostText(name)),
  flags: [],
  restore: (client, id) => client.restoreScan(id),
  purge: (client, id) => client.purgeScan(id),
};

const HOSTS: Deletable = {
  group: 'hosts',
  noun: 'host',
  argument: { name: 'id-or-address', help: 'the ids, addresses or names of the hosts' },
  purged: { name: 'id-or-address', help: 'the ids or addresses of the hosts' },
  example: '127.0.0.1',
  undeleted: 'the host is in the lists again',
  purgeTakes: 'with ports, history and what scans saw of it',
  nameOf: hostArgumentOf,
  referenceOf: hostReference,
  flags: [HOST_SITE_FLAG],
  restore: (client, id) => client.restoreHost(id),
  purge: (client, id) => client.purgeHost(id),
};

export interface DeletePlan {
  readonly named: readonly HostName[];
}
export interface PurgePlan extends DeletePlan {
  readonly isConfirmed: boolean;
}

async function runPurge(what: Deletable, plan: PurgePlan, context: Context): Promise<ExitCode> {
  if (!plan.isConfirmed) {
    const { signal } = context.io.interrupts;
    const stake = `${counted(plan.named.length, what.noun)} will be permanently removed, ${what.purgeTakes}.`;
    const cause = new ScanoramaError('confirmation_required', stake);
    await confirm(context, PURGE_QUESTION, { cause, signal });
  }
  const act = async (client: Client, name: HostName) => {
    const id = await what.referenceOf(client, name);
    await what.purge(client, id);
    return { id, purged: true };
  };
  return forEachNamed(plan.named, context, {
    act,
    sentence: (name) => `${hostText(name)} is permanently removed.`,
  });
}

const PURGE_QUESTION = {
  prompt: 'Purge?',
  hint: 'Confirm with --yes.',
  refused: 'It was not confirmed, so nothing was removed.',
  interrupted: 'Interrupted at the question, so nothing was removed.',
};

function facesOf(what: Deletable) {
  const face = {
    arguments: [{ ...what.argument, required: true, variadic: true }],
    flags: what.flags,
    json: 'document',
    place: 'any',
  } as const;
  const parse = ({ args, flags }: CommandInput): DeletePlan => ({
    named: args.map((arg) => what.nameOf(arg, flags.text('site'))),
  });
  return { face, parse };
}

const onEach =
  <Answer>(what: Deletable, act: (client: Client, id: string) => Promise<Answer>) =>
  async (client: Client, name: HostName) =>
    act(client, await what.referenceOf(client, name));

const HOST_DELETED = 'is deleted; `scanorama hosts undelete` brings it back';

const deletingFace = ({ group, noun, example }: Deletable) =>
  ({
    path: [group, 'delete'],
    summary: `mark ${group} as deleted; nothing is removed, and it can be undone`,
    examples: [[`${group} delete ${example}`, `no list shows the ${noun} any more`]],
  }) as const;

const deleteHostsCommand = defineCommand<DeletePlan>({
  ...facesOf(HOSTS).face,
  ...deletingFace(HOSTS),
  parse: facesOf(HOSTS).parse,
  run: ({ named }, context) =>
    forEachNamed(named, context, {
      act: onEach(HOSTS, (client, id) => client.deleteHost(id)),
      sentence: (name) => `${hostText(name)} ${spokenAs(context.io, HOST_DELETED)}.`,
    }),
});

const deleteScansCommand = defineCommand<DeleteScansPlan>({
  ...facesOf(SCANS).face,
  ...deletingFace(SCANS),
  arguments: [{ ...SCANS.argument, variadic: true }],
  flags: DELETE_SCANS_FLAGS,
  examples: [
    ...deletingFace(SCANS).examples,
    ['scans delete --tag nightly --older-than 90d', 'all that match, after a question'],
  ],
  parse: parseDeleteScans,
  run: runDeleteScans,
});

/** The commands that restore and permanently remove deleted objects. */
function commandsOf(what: Deletable): readonly CliCommand[] {
  const { group, noun, example } = what;
  const { face, parse } = facesOf(what);
  return [
    defineCommand<DeletePlan>({
      ...face,
      path: [group, 'undelete'],
      summary: `take the deletion of ${group} back`,
      examples: [[`${group} undelete ${example}`, what.undeleted]],
      parse,
      run: ({ named }, context) =>
        forEachNamed<{ readonly restored: boolean }, HostName>(named, context, {
          act: onEach(what, what.restore),
          sentence: (name, { restored }) =>
            `${hostText(name)} ${restored ? 'is there again' : 'was not deleted, so nothing changed'}.`,
        }),
    }),
    defineCommand<PurgePlan>({
      ...face,
      path: [group, 'purge'],
      arguments: [{ ...what.purged, required: true, variadic: true }],
      summary: `permanently remove ${group}, after confirmation`,
      flags: [{ flags: '-y, --yes', help: 'skip the confirmation' }, ...what.flags],
      examples: [[`${group} purge ${example}`, `the ${noun} is gone, ${what.purgeTakes}`]],
      parse: (input) => ({ named: certainly(parse(input).named), isConfirmed: input.flags.on('yes') }),
      run: (plan, context) => runPurge(what, plan, context),
    }),
  ];
}

/** Refuses names: a name may have belonged to another host a minute ago, and a purge cannot be undone. */
function certainly(named: readonly HostName[]): readonly HostName[] {
  const called = named.find((one) => 'name' in one);
  if (called === undefined) return named;
  throw usage(
    `${quote(hostText(called))} is a name, and a host that is purged is named by its id or address.`,
    {
      hint: '`scanorama hosts list` shows them.',
      at: clip(hostText(called)),
    },
  );
}

export const deletionCommands: readonly CliCommand[] = [
  deleteScansCommand,
  ...commandsOf(SCANS),
  deleteHostsCommand,
  ...commandsOf(HOSTS),
];
