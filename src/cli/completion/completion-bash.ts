import {
  addCommand,
  caseRows,
  isPath,
  pathCommands,
  valueFlags,
} from '#cli/completion/completion-candidates.js';
import type { Verb } from '#cli/program/command.js';

export function bashScript(verbs: readonly Verb[]): string {
  const rows = caseRows(verbs, (words) => `words='${words}'`);
  return `# bash completion for scanorama. Load it with: source <(scanorama completion bash)
_scanorama() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local verb='' words='' word index skip=0
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
${addCommand(verbs)}
  done
  COMPREPLY=()
  case "$previous" in
    ${valueFlags(verbs, isPath)}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "$verb:$previous" in
${rows.flags}
  esac
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); return; fi
  case "$previous" in
    ${valueFlags(verbs)}) return ;;
  esac
  case "$verb" in
    ${pathCommands(verbs)}) if [[ $current == @* ]]; then COMPREPLY=($(compgen -P @ -f -- "\${current#@}")); return; fi ;;
  esac
  case "$verb" in
${rows.verbs}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _scanorama scanorama
`;
}
