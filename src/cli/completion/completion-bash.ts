import {
  addCommand,
  caseRows,
  isPath,
  pathCommands,
  valueFlags,
} from '#cli/completion/completion-candidates.js';
import type { CliCommand } from '#cli/program/command.js';

export function bashScript(commands: readonly CliCommand[]): string {
  const rows = caseRows(commands, (args) => `words='${args}'`);
  return `# bash completion for scanorama. Load it with: source <(scanorama completion bash)
_scanorama() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local verb='' words='' word index skip=0
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
${addCommand(commands)}
  done
  COMPREPLY=()
  case "$previous" in
    ${valueFlags(commands, isPath)}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "$verb:$previous" in
${rows.flags}
  esac
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); return; fi
  case "$previous" in
    ${valueFlags(commands)}) return ;;
  esac
  case "$verb" in
    ${pathCommands(commands)}) if [[ $current == @* ]]; then COMPREPLY=($(compgen -P @ -f -- "\${current#@}")); return; fi ;;
  esac
  case "$verb" in
${rows.commands}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _scanorama scanorama
`;
}
