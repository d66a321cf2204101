import type { CliCommand } from '#cli/program/command.js';
import { COMMANDS, GROUP_SUMMARIES } from '#cli/program/commands.js';
import { GLOBAL_GROUP, parseArgv } from '#cli/program.js';
import { generatedNote, markdownTable } from './markdown.ts';

/** Of the help as it is printed. */
const COLUMNS = 100;

function helpOf(path: readonly string[]): string {
  const invocation = parseArgv([...path, '--help'], { version: '', columns: COLUMNS, color: false });
  if (invocation.kind !== 'text') throw new Error(`no help for ${path.join(' ')}`);
  return invocation.text.trimEnd();
}

/** The last group of options before the examples, which every command has. */
const globalOptions = new RegExp(`\\n${GLOBAL_GROUP}\\n[^]*?(?=\\n\\n|$)`);

const nameOf = ({ path }: CliCommand) => path.join(' ');
const anchorOf = (command: CliCommand) => `#scanorama-${command.path.join('-')}`;

/** docs/cli.md: the help of every command, with a table of contents. */
export function cliReference(): string {
  const groups = Object.entries(GROUP_SUMMARIES).map(([name, summary]) => `- \`${name}\`: ${summary}`);
  const contents = COMMANDS.map((command) => [
    `[\`${nameOf(command)}\`](${anchorOf(command)})`,
    command.summary,
  ]);
  return [
    '# Command line',
    generatedNote('the help texts in src/cli'),
    'Every command has the form `scanorama COMMAND` or `scanorama GROUP COMMAND`. The groups:',
    groups.join('\n'),
    markdownTable(['command', 'effect'], contents),
    `${GLOBAL_GROUP}\n\n\`\`\`text${globalOptions.exec(helpOf([]))?.[0].replace(`\n${GLOBAL_GROUP}`, '') ?? ''}\n\`\`\``,
    ...COMMANDS.map(
      (command) =>
        `## scanorama ${nameOf(command)}\n\n\`\`\`text\n${helpOf(command.path).replace(globalOptions, '')}\n\`\`\``,
    ),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}
