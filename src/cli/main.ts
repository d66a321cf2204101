import { packageVersion } from '#app/package-root.js';
import { readTerminal } from '#app/terminal.js';
import { asScanoramaError, renderError } from '#cli/output/error.js';
import { EXIT } from '#cli/program/exit.js';
import { Interrupts } from '#cli/program/interrupts.js';
import { processIo } from '#cli/program/process-io.js';
import { runCli } from '#cli/program/run.js';

const terminal = readTerminal();
const interrupts = new Interrupts(() => process.exit(EXIT.interrupted));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupts.deliver());

// A defect that nobody caught is told in one sentence too.
process.on('uncaughtException', (error) => {
  process.stderr.write(
    renderError(asScanoramaError(error), { json: false, color: false, program: terminal.program }),
  );
  process.exit(EXIT.failed);
});

const exitCode = await runCli({
  argv: process.argv.slice(2),
  io: processIo(interrupts, terminal),
  version: await packageVersion(),
  loadApp: async () => (await import('#app/app.js')).createApp(),
});
process.exit(exitCode);
