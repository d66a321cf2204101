import {
  addCommand,
  caseRows,
  isPath,
  pathCommands,
  valueFlags,
} from '#cli/completion/completion-candidates.js';
import type { CliCommand } from '#cli/program/command.js';

export function zshScript(commands: readonly CliCommand[]): string {
  const rows = caseRows(commands, (args) => `choices=(${args})`);
  return `#compdef scanorama
# zsh completion for scanorama. Load it with: source <(scanorama completion zsh)
_scanorama() {
  local previous="$words[CURRENT-1]" verb='' word
  local -a choices
  local -i index skip=0
  for ((index = 2; index < CURRENT; index++)); do
    word="$words[index]"
${addCommand(commands)}
  done
  case "$previous" in
    ${valueFlags(commands, isPath)}) _files; return ;;
  esac
  case "$verb:$previous" in
${rows.flags}
  esac
  if ((\${#choices})); then compadd -- $choices; return; fi
  case "$previous" in
    ${valueFlags(commands)}) return ;;
  esac
  case "$verb" in
    ${pathCommands(commands)}) if compset -P @; then _files; return; fi ;;
  esac
  case "$verb" in
${rows.commands}
  esac
  compadd -- $choices
}
compdef _scanorama scanorama
`;
}
