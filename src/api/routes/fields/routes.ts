import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { changeRoute, createRoute, listRoute, removeRoute } from '#api/routes/fields/schemas.js';
import { presentOutcome } from '#api/routes/host-edits/presenter.js';
import { ROUTES } from '#contract/api/routes.js';
import type { Field } from '#contract/labels/custom-field.js';
import { type FieldView, listFields } from '#store/edits/custom-fields.js';
import { addField, changeField, removeField } from '#work/edits/custom-fields.js';

const FIELD_PATH = `${ROUTES.fields}/:id`;

export function addFieldRoutes(server: ApiServer, { work }: ApiContext): void {
  server.get(ROUTES.fields, { schema: listRoute }, async () => ({
    data: (await listFields(work.store.read)).map(presentField),
  }));
  server.post(ROUTES.fields, { schema: createRoute }, async (request, reply) => {
    const { choices = null, description = null, ...wanted } = request.body;
    const order = { ...wanted, choices, description, actor: actorOf(request) };
    const field = presentField(await addField(work, order));
    return reply.code(201).header('location', ROUTES.field(field.name)).send(field);
  });
  server.patch(FIELD_PATH, { schema: changeRoute }, async (request) =>
    presentField(
      await changeField(work, request.params.id, { input: request.body, actor: actorOf(request) }),
    ),
  );
  server.delete(FIELD_PATH, { schema: removeRoute }, async (request) =>
    presentOutcome(await removeField(work, request.params.id, actorOf(request))),
  );
}

function presentField({ name, type, choices, description, hosts, createdBy, createdAt }: FieldView): Field {
  return {
    name,
    type,
    choices: choices === null ? null : [...choices],
    description,
    hosts,
    created_by: createdBy,
    created_at: createdAt.toISOString(),
  };
}
