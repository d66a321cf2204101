import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiServer } from '#api/context.js';
import { isApiPath, pathOf } from '#api/http/request-path.js';
import type { KnownPaths } from '#api/http/unknown-path.js';

/** Files whose names carry a hash of what is in them. */
const ASSETS = 'assets/';
const START_PAGE = 'index.html';
const IMMUTABLE = 'public, max-age=31536000, immutable';
const PAGE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

export interface WebPages {
  /** Where the built web app lies; null where there is none. */
  readonly webRoot: string | null;
  /** What a browser is told where there is none. */
  readonly instead: string;
}

/** Serves the built web app, its start page for every path that the app itself will know, and refuses the rest. */
export async function serveWebPages(
  server: ApiServer,
  { webRoot, instead }: WebPages,
  paths: KnownPaths,
): Promise<void> {
  if (webRoot !== null) await serveFiles(server, webRoot);
  // Nothing is returned: a reply that is awaited adds listeners to itself with each hand it goes through.
  server.setNotFoundHandler((request, reply) => {
    if (!isPageRequest(request)) throw paths.refusal(request);
    if (webRoot !== null) void reply.code(200).sendFile(START_PAGE);
    else
      void reply
        .code(pathOf(request) === '/' ? 200 : 404)
        .type('text/plain; charset=utf-8')
        .send(instead);
  });
}

async function serveFiles(server: ApiServer, webRoot: string): Promise<void> {
  // A command in process serves nobody, and starts faster without.
  const { default: staticFiles } = await import('@fastify/static');
  await server.register(staticFiles, {
    root: webRoot,
    serve: false,
    cacheControl: false,
    dotfiles: 'ignore',
    setHeaders: (reply, path) => setCaching(reply, path, webRoot),
  });
  server.get(
    '/*',
    { config: { access: 'public', database: 'unneeded' }, schema: { hide: true } },
    (request, reply) => {
      const path = decodeURI(pathOf(request).slice(1));
      if (path.includes('\0')) reply.callNotFound();
      else void reply.sendFile(path === '' ? START_PAGE : path);
    },
  );
}

function setCaching(reply: FastifyReply, path: string, webRoot: string): void {
  const isAsset = path
    .slice(webRoot.length)
    .replace(/^[/\\]+/, '')
    .startsWith(ASSETS);
  void reply.header('cache-control', isAsset ? IMMUTABLE : 'no-cache');
}

function isPageRequest(request: FastifyRequest): boolean {
  const path = pathOf(request);
  if (!PAGE_METHODS.has(request.method) || isApiPath(request) || path.startsWith(`/${ASSETS}`)) return false;
  return path === '/' || (request.headers.accept ?? '').includes('text/html');
}
