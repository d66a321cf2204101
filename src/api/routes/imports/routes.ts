import { Readable } from 'node:stream';
import type { FastifySchemaCompiler } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { clientSignal } from '#api/http/client-signal.js';
import { validatorCompiler } from '#api/http/validation.js';
import { presentImport } from '#api/routes/imports/presenter.js';
import { importRoute } from '#api/routes/imports/schemas.js';
import { ROUTES } from '#contract/api/routes.js';
import { REPORT_TYPES } from '#contract/scans/import.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { importReport } from '#work/imports/import-report.js';

/** In a scope of its own: here alone a body is a stream and is not read before its route. */
export function addImportRoutes(server: ApiServer, { work }: ApiContext): void {
  void server.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser([...REPORT_TYPES], (_request, payload, done) => done(null, payload));
    scope.setValidatorCompiler(judgeAllButBody);
    scope.post(ROUTES.imports, { schema: importRoute }, async (request, reply) => {
      const { site, name = null } = request.query;
      const order = { site, fileName: name, actor: actorOf(request) };
      const result = await importReport(work, order, {
        bytes: streamOf(request.body),
        signal: clientSignal(reply),
      });
      const isNew = result.outcome === 'stored' && result.scanUid !== null;
      if (isNew) void reply.code(201).header('location', ROUTES.scan(result.scanUid));
      return presentImport(result, name);
    });
  });
}

/** The body is judged by whoever reads it. */
const judgeAllButBody: FastifySchemaCompiler<z.ZodType> = (route) =>
  route.httpPart === 'body' ? (value: unknown) => ({ value }) : validatorCompiler(route);

function streamOf(body: unknown): Readable {
  if (body instanceof Readable) return body;
  throw new ScanoramaError('invalid_request', 'The request has no body, and this one needs a report.');
}
