import { bashScript } from '#cli/completion/completion-bash.js';
import { fishScript } from '#cli/completion/completion-fish.js';
import { zshScript } from '#cli/completion/completion-zsh.js';
import type { CliCommand } from '#cli/program/command.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, (commands: readonly CliCommand[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** The script that teaches a shell every verb and flag; it is made from the same table as the help. */
export function completionScript(shell: Shell, commands: readonly CliCommand[]): string {
  return SCRIPTS[shell](commands);
}
