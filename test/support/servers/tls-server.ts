import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';

export interface TlsStandIn {
  readonly port: number;
  close(): Promise<void>;
}

/** A TLS server that sends nothing after its certificate. */
export async function listenTls(
  options: TlsOptions,
  { host, port = 0 }: { readonly host: string; readonly port?: number },
): Promise<TlsStandIn> {
  const sockets = new Set<Socket>();
  const server = createServer(options, (socket) => void socket.on('error', () => undefined).resume());
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined).once('close', () => sockets.delete(socket)));
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
