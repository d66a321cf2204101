import { createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { ListenAddress } from '#config/settings.js';
import { ScanoramaError } from '#domain/errors/error.js';

/**
 * Fails as `listen` would, before a database is made for a server that cannot be reached. Another program may
 * take the address meanwhile: then `listen` itself is refused.
 */
export async function tryAddress(address: ListenAddress): Promise<void> {
  const trial = createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      trial.once('error', reject);
      trial.listen(address.port, address.host, resolve);
    });
  } catch (error) {
    throw listenFailure(error, address);
  }
  await new Promise((resolve) => trial.close(resolve));
}

/** The URL where it listens from now on. Throws `port_in_use`, `invalid_configuration`. */
export async function listen(server: FastifyInstance, { host, port }: ListenAddress): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw listenFailure(error, { host, port });
  }
  const address = server.server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return `http://${shownHost}:${boundPort}`;
}

function listenFailure(error: unknown, { host, port }: ListenAddress): ScanoramaError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new ScanoramaError('port_in_use', `Another program already listens on ${host}:${port}.`, {
      hint: `Choose another port, for example --listen ${port === 65_535 ? port - 1 : port + 1}.`,
    });
  }
  return new ScanoramaError(
    'invalid_configuration',
    `It is not possible to listen on ${host}:${port} (${String(code)}).`,
    {
      hint: 'Give an address of this machine, and a port you may use.',
      at: '--listen',
      cause: error,
    },
  );
}
