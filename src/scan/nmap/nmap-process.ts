import { type ChildProcess, spawn } from 'node:child_process';

/** How long nmap has to leave after it was asked to; then it is killed. */
export const NMAP_LEAVE_MS = 500;
/** What it complains of is kept from its end. */
const MAX_COMPLAINT_CHARACTERS = 4_096;

/** The first descriptor of a file that nmap is given; see `passedFile`. */
const FIRST_FILE_FD = 3;
/** A shell knows descriptors of one digit alone, and 5 is the guard's. */
const MAX_FILES = 2;

/**
 * Runs what follows, tells its number, and kills it when the standard input ends: whoever started it is gone then,
 * kill -9 included, and its packets must not go on. Neither the guard nor nmap holds the other's pipes.
 */
const GUARD = `exec 5<&0
"$@" </dev/null 5<&- &
nmap=$!
echo "nmap is process $nmap" >&2
{ read -r _ <&5; kill -KILL "$nmap"; } >/dev/null 2>&1 3<&- 4<&- &
guard=$!
exec 5<&- 2>/dev/null
wait "$nmap"
code=$?
kill "$guard" 2>/dev/null
exit "$code"`;
const NUMBER_LINE = /^nmap is process (\d+)\n/m;

/** Under which name nmap finds a file that it is given by its descriptor: it may have no other name any more. */
export function passedFile(index: number): string {
  return `/dev/fd/${FIRST_FILE_FD + index}`;
}

export interface NmapExit {
  /** Null when it did not end by itself. */
  readonly code: number | null;
  /** The last it complained of, one line; empty for nothing. */
  readonly complaint: string;
}

/** A running nmap and everything it started, as one process group. */
export class NmapProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<NmapExit>;
  #complaint = '';
  /** Of nmap alone, once the shell has told it. */
  #nmapPid: number | undefined;
  #isFrozen = false;
  /** Then nobody says any more whose number `#nmapPid` is. */
  #hasShellLeft = false;
  /** All who hold its output are gone; until then the group exists, also without the shell that led it. */
  #isGone = false;
  #killTimer: NodeJS.Timeout | undefined;

  /** `nmap` is a path, or a name that is looked for on the PATH; `files` are descriptors that it can read by `passedFile`. */
  constructor(nmap: string, args: readonly string[], files: readonly number[] = []) {
    if (files.length > MAX_FILES) throw new RangeError(`nmap takes ${MAX_FILES} files, not ${files.length}`);
    this.#child = spawn('/bin/sh', ['-c', GUARD, 'sh', nmap, ...args], {
      stdio: ['pipe', 'pipe', 'pipe', ...files],
      detached: true,
    });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = this.#withoutNumber(this.#complaint + text).slice(-MAX_COMPLAINT_CHARACTERS);
    });
    this.#child.once('exit', () => {
      this.#hasShellLeft = true;
      // Only one whose shell was killed is still there, and would stay frozen for ever.
      if (this.#isFrozen) this.kill();
    });
    this.#exit = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => {
        this.#isGone = true;
        clearTimeout(this.#killTimer);
        resolve({ code, complaint: lastLine(this.#complaint) });
      });
    });
    // Awaited later than it may fail.
    this.#exit.catch(() => undefined);
  }

  /** What it writes, as it writes it. */
  get output(): AsyncIterable<Uint8Array> {
    if (this.#child.stdout === null) throw new RangeError('nmap was started without an output');
    return this.#child.stdout;
  }

  exited(): Promise<NmapExit> {
    return this.#exit;
  }

  /** Asks it to leave, and makes it leave soon after. */
  stop(): void {
    if (this.#killTimer !== undefined) return;
    this.#signal('SIGTERM');
    // One that is frozen hears it when it wakes, before it does anything else.
    this.thaw();
    this.#killTimer = setTimeout(() => this.kill(), NMAP_LEAVE_MS);
  }

  /** At once, with everything it started. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  /**
   * Nothing leaves it until it is thawed; false when it cannot be frozen yet. The shell that guards it is left awake:
   * a frozen guard would not end nmap when this process is killed.
   */
  freeze(): boolean {
    if (this.#nmapPid === undefined || this.#hasShellLeft) return false;
    if (!this.#isFrozen) this.#isFrozen = this.#signalNmap(this.#nmapPid, 'SIGSTOP');
    return this.#isFrozen;
  }

  thaw(): void {
    if (this.#isFrozen && this.#nmapPid !== undefined) this.#signalNmap(this.#nmapPid, 'SIGCONT');
    this.#isFrozen = false;
  }

  #withoutNumber(text: string): string {
    if (this.#nmapPid !== undefined) return text;
    const number = NUMBER_LINE.exec(text)?.[1];
    if (number === undefined) return text;
    this.#nmapPid = Number(number);
    return text.replace(NUMBER_LINE, '');
  }

  #signalNmap(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): boolean {
    if (this.#hasShellLeft) return false;
    try {
      return process.kill(pid, signal);
    } catch {
      // It left between the look and the signal.
      return false;
    }
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#isGone) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It left between the look and the signal.
    }
  }
}

function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '' && line !== 'QUITTING!') ?? '';
}
