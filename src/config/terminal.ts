/** Environment variables about the terminal and how the program was started. */
export interface TerminalFacts {
  /** Width in cells (COLUMNS); undefined if it is not a usable number. */
  readonly columns: number | undefined;
  /** Whether it takes no control sequences at all (TERM=dumb): a line once written stays. */
  readonly dumb: boolean;
  /** The words that start this program, for hints that name a command. */
  readonly program: string;
}

const MAX_COLUMNS = 10_000;
const DEFAULT_PROGRAM = 'scanorama';
/** What needs no quoting in a shell. */
const PLAIN_PATH = /^[\w./~+@-]{1,200}$/;

/** Never fails: what makes no sense counts as unsaid. */
export function readTerminal(environment: NodeJS.ProcessEnv = process.env): TerminalFacts {
  const columns = Number(environment['COLUMNS']);
  const program = environment['SCANORAMA_STARTED_AS'] ?? '';
  return {
    columns: Number.isInteger(columns) && columns > 0 && columns <= MAX_COLUMNS ? columns : undefined,
    dumb: environment['TERM'] === 'dumb',
    program: PLAIN_PATH.test(program) ? program : DEFAULT_PROGRAM,
  };
}
