import { performConfirmed } from '#cli/arguments/confirm-change.js';
import { commaListOf } from '#cli/arguments/flag-parsers.js';
import { doToEach, writingWhatIsDone } from '#cli/arguments/for-each.js';
import { usage } from '#cli/arguments/usage.js';
import { outcomeText, stakeText, takenBackBy } from '#cli/hosts/edit-outcome.js';
import { HOST_SITE_FLAG, type HostName, hostIdsOf, parseHostNames } from '#cli/hosts/host-arguments.js';
import { STATUS_FLAGS, statusChangeOf } from '#cli/hosts/status-flags.js';
import { labelsOf } from '#cli/labels/label-arguments.js';
import { placed } from '#cli/output/site-suffix.js';
import { printable } from '#cli/output/text.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { spokenAs } from '#cli/program/program-name.js';
import type { Client } from '#contract/api/client.js';
import type { BulkEdit, BulkEditOutcome, EditOutcome, HostEdit } from '#contract/hosts/edit.js';
import type { ChangedHost, HostChangeRequest } from '#contract/hosts/host.js';
import { checkFieldName } from '#domain/fields/custom-field.js';
import { checkLabelName } from '#domain/fields/label-name.js';
import { checkNoteText } from '#domain/fields/note-text.js';
import { readFilter } from '#domain/filter/read.js';
import { clip, quote } from '#domain/text/quote.js';

/** Hosts by name, or every one that a filter matches. */
type HostsPlan = { readonly hosts: readonly HostName[] } | { readonly filter: string };

export interface EditHostsPlan {
  readonly which: HostsPlan;
  readonly change: HostEdit;
  /** Of hosts that are named, beside it: a name, or how much silence makes them down. */
  readonly lifecycle?: HostChangeRequest | undefined;
  readonly dryRun: boolean;
  readonly isConfirmed: boolean;
}

const WHICH_FLAGS = [
  HOST_SITE_FLAG,
  { flags: '--filter <filter>', help: 'select every host that matches, instead of naming hosts' },
  { flags: '--dry-run', help: 'show what would change, without changing it' },
  { flags: '-y, --yes', help: 'do not prompt for confirmation, which --filter does' },
] as const;
const HOSTS_ARGUMENT = {
  name: 'host',
  help: 'the ids, addresses or names of the hosts',
  variadic: true,
} as const;
const EDIT_FLAGS = [
  { flags: '--tag <names>', help: 'comma-separated tags to add', repeat: true },
  { flags: '--untag <names>', help: 'tags to remove', repeat: true },
  { flags: '--group <names>', help: 'static groups to add them to', repeat: true },
  { flags: '--ungroup <names>', help: 'static groups to remove them from', repeat: true },
  { flags: '--owner <name>', help: 'owner of the hosts' },
  { flags: '--clear-owner', help: 'remove their owner; the owner of their network then applies' },
  {
    flags: '--field <name=value>',
    help: 'the value of a custom field; an empty one removes it',
    repeat: true,
  },
  { flags: '--note <text>', help: 'a note to add' },
] as const;

function whichHosts({ flags }: CommandInput, args: readonly string[]): HostsPlan {
  const filter = flags.text('filter');
  if (filter !== undefined && flags.text('site') !== undefined)
    throw usage('--site selects the host of an address; in a filter, use site:NAME.');
  if (filter !== undefined && args.length > 0)
    throw usage('Hosts are named, or found by --filter, not both.', { at: clip(args[0] ?? '') });
  if (filter !== undefined) {
    // What is wrong with it is said before anything is asked.
    readFilter(filter);
    return { filter };
  }
  if (args.length === 0)
    throw usage('No host was named.', { hint: 'Name hosts, or find them with --filter.' });
  return { hosts: parseHostNames({ args, flags }) };
}

export function parseEditHosts(input: CommandInput): EditHostsPlan {
  const { args, flags } = input;
  const change = changeOf(input);
  const lifecycle = statusChangeOf(input);
  if (Object.keys(change).length === 0 && lifecycle === undefined)
    throw usage('No change was specified.', {
      hint: 'Give --name, --tag, --owner, --field, --note or --down-after-misses; see --help.',
    });
  const which = whichHosts(input, args);
  if (lifecycle !== undefined) assertFits(lifecycle, which, flags.on('dry-run'));
  return {
    which,
    change,
    lifecycle,
    dryRun: flags.on('dry-run'),
    isConfirmed: flags.on('yes'),
  };
}

/** Names and graces are said of hosts one by one, so that of a filter half could be done. */
function assertFits({ custom_name: name }: HostChangeRequest, which: HostsPlan, dryRun: boolean): void {
  if ('filter' in which)
    throw usage('Names and graces are given to hosts that are named, not to those of a filter.');
  if (dryRun)
    throw usage(
      '--dry-run previews tags, groups, owners, fields and notes, but no names and limits of misses.',
    );
  if (typeof name === 'string' && which.hosts.length > 1) throw usage('A name is given to one host.');
}

function changeOf(input: CommandInput): HostEdit {
  const { flags } = input;
  const [tag, untag] = [labelsOf('tag', flags, 'tag'), labelsOf('tag', flags, 'untag')];
  const [group, ungroup] = [labelsOf('group', flags, 'group'), labelsOf('group', flags, 'ungroup')];
  const [owner, fields, note] = [ownerOf(input), fieldsOf(flags.list('field')), flags.text('note')];
  return {
    ...(tag === undefined && untag === undefined ? {} : { tags: both(tag, untag) }),
    ...(group === undefined && ungroup === undefined ? {} : { groups: both(group, ungroup) }),
    ...(owner === undefined ? {} : { owner }),
    ...(fields === undefined ? {} : { fields }),
    ...(note === undefined ? {} : { note: checkNoteText(note) }),
  };
}

function both(add: string[] | undefined, remove: string[] | undefined) {
  return { ...(add === undefined ? {} : { add }), ...(remove === undefined ? {} : { remove }) };
}

function ownerOf({ flags }: CommandInput): string | null | undefined {
  const name = flags.text('owner');
  if (!flags.on('clear-owner')) return name === undefined ? undefined : checkLabelName('owner', name);
  if (name !== undefined) throw usage('--owner and --clear-owner contradict each other.');
  return null;
}

function fieldsOf(texts: readonly string[]): Record<string, string | null> | undefined {
  if (texts.length === 0) return undefined;
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1)
        throw usage(`The value of --field must be NAME=VALUE, not ${quote(text)}.`, { at: clip(text) });
      const value = text.slice(at + 1).trim();
      return [checkFieldName(text.slice(0, at)), value === '' ? null : value];
    }),
  );
}

/** What of an edit is done: the one of all hosts, and those of each. */
interface Done {
  outcome?: EditOutcome;
  readonly hosts: ChangedHost[];
}

export async function runEditHosts(plan: EditHostsPlan, context: Context): Promise<ExitCode> {
  const done: Done = { hosts: [] };
  await writingWhatIsDone(
    context,
    () => withStored(context, ({ client }) => edit({ client, plan, context }, done)),
    () => {
      const { outcome, hosts } = done;
      if (outcome === undefined && hosts.length === 0) return undefined;
      return plan.lifecycle === undefined ? outcome : { ...outcome, hosts };
    },
  );
  return EXIT.done;
}

async function edit(agreeing: Agreeing, done: Done): Promise<void> {
  const { client, plan, context } = agreeing;
  const { lifecycle, change } = plan;
  const selection = await selectionOf(client, plan.which);
  if (Object.keys(change).length > 0) {
    const outcome = await confirmedEdit(agreeing, { ...selection, change });
    done.outcome = outcome;
    if (context.globals.json === 'off')
      await context.io.stdout.write(`${printable(outcomeText(outcome, context))}\n`);
  }
  if (lifecycle === undefined) return;
  // A request for each host, after the one that what is stored may refuse; what can be wrong with these was looked at before.
  await doToEach(selection.host_ids ?? [], context, {
    client,
    act: (to, id) => to.changeHost(id, lifecycle),
    sentence: (_id, host) => spokenAs(context.io, statusText(lifecycle, host)),
    answers: done.hosts,
  });
}

function statusText({ custom_name: name }: HostChangeRequest, host: ChangedHost): string {
  const undo = host.edit === null ? '' : `; ${takenBackBy(host.edit)}`;
  const which = placed(host.ip, host.site);
  if (name === undefined) return `The limit of misses of ${which} is changed${undo}.`;
  return `${which} is shown as ${host.display_name}${undo}.`;
}

async function selectionOf(client: Client, which: HostsPlan): Promise<Pick<BulkEdit, 'host_ids' | 'filter'>> {
  if ('filter' in which) return { filter: which.filter };
  return { host_ids: await hostIdsOf(client, which.hosts) };
}

interface Agreeing {
  readonly client: Client;
  readonly plan: EditHostsPlan;
  readonly context: Context;
}

function confirmedEdit({ client, plan, context }: Agreeing, edit: BulkEdit): Promise<BulkEditOutcome> {
  return performConfirmed(context, {
    isFound: 'filter' in plan.which,
    dryRun: plan.dryRun,
    isConfirmed: plan.isConfirmed,
    perform: ({ confirmed, ...way }) =>
      client.editHosts({
        ...edit,
        ...way,
        ...(confirmed === undefined ? {} : { expected: confirmed.digest }),
      }),
    changed: ({ hosts_changed: changed }) => changed,
    stake: (trial) => stakeText(trial),
    question: EDIT_QUESTION,
  });
}

const EDIT_QUESTION = {
  prompt: 'Change them?',
  hint: 'Confirm with --yes, or preview with --dry-run.',
  refused: 'It was not confirmed, so nothing was changed.',
  interrupted: 'Interrupted at the question, so nothing was changed.',
};

/** `hosts tag add|remove NAME… --filter …`: the same for tags alone. */
export function parseTagHosts(input: CommandInput): EditHostsPlan {
  const { args, flags } = input;
  const [action, ...names] = args;
  if (action !== 'add' && action !== 'remove')
    throw usage(`What to do with tags is one of add, remove, not ${quote(action ?? '')}.`);
  const tags = commaListOf('tags', names).map((name) => checkLabelName('tag', name));
  if (tags.length === 0) throw usage(`\`hosts tag ${action}\` wants at least one tag.`);
  return {
    which: whichHosts(input, flags.list('host')),
    change: { tags: { [action]: tags } },
    dryRun: flags.on('dry-run'),
    isConfirmed: flags.on('yes'),
  };
}

export const editHostsCommands = [
  defineCommand<EditHostsPlan>({
    path: ['hosts', 'edit'],
    summary: 'edit the name, tags, groups, owner, fields and notes of hosts',
    arguments: [HOSTS_ARGUMENT],
    flags: [...STATUS_FLAGS, ...EDIT_FLAGS, ...WHICH_FLAGS],
    examples: [
      ['hosts edit 198.18.0.9 --tag printer --owner Net --field rack=7', 'what is known of one host'],
      ['hosts edit 198.18.0.9 --name printer --note moved', 'lists show that name; notes add up'],
      [
        'hosts edit 198.18.0.9 --down-after-misses 10',
        'ten runs in a row may miss it, since it sleeps a lot',
      ],
      ['hosts edit --filter port:9100 --tag printer --dry-run', 'what would change'],
    ],
    json: 'document',
    place: 'any',
    parse: parseEditHosts,
    run: runEditHosts,
  }),
  defineCommand<EditHostsPlan>({
    path: ['hosts', 'tag'],
    summary: 'add or remove tags of hosts',
    arguments: [
      { name: 'action', help: 'add or remove', required: true, choices: ['add', 'remove'] },
      { name: 'tag', help: 'the names of the tags', required: true, variadic: true },
    ],
    flags: [{ flags: '--host <host>', help: 'a host, by id, address or name', repeat: true }, ...WHICH_FLAGS],
    examples: [['hosts tag add printer --filter port:9100', 'every host with that port open']],
    json: 'document',
    place: 'any',
    parse: parseTagHosts,
    run: runEditHosts,
  }),
];
