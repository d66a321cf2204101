export interface FlagSpec {
  /** As the help shows it: `-p, --ports <list>`; without `<…>` the flag is a switch. */
  readonly flags: string;
  readonly help: string;
  /** Words that completion offers. */
  readonly choices?: readonly string[];
  readonly repeat?: boolean;
  /** Completion offers paths. */
  readonly takesPath?: boolean;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly help: string;
  readonly required?: boolean;
  readonly variadic?: boolean;
  readonly choices?: readonly string[];
  readonly takesPath?: boolean;
}
