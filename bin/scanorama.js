#!/usr/bin/env -S node --max-semi-space-size=2 --max-old-space-size=1024
// The heap is bounded because V8 lets garbage grow with the bound, whatever is in use: during a scan of 16 million ports the
// server was 370 MB large with the machine's default of 4 GB, and 156 MB with these, at the same speed.
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// The compiled code of an earlier start is found again, which takes 0.1 to 0.2 s off each. Under the user's own directory, never the shared one for temporary files: what lies here is run.
// Where it cannot be written, or there is no home, everything is compiled anew and nothing else changes.
try {
  const home = homedir();
  if (home !== '' && home !== '/') enableCompileCache(join(home, '.cache', 'scanorama', 'compiled'));
} catch {
  // A user without a home and without an account, as in some containers.
}
await import('../dist/cli/main.js');
