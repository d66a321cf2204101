import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { clientSignal } from '#api/http/client-signal.js';
import { presentPreview, presentSetting } from '#api/routes/settings/presenter.js';
import { changeRoute, listRoute, retentionRoute } from '#api/routes/settings/schemas.js';
import { ROUTES } from '#contract/api/routes.js';
import { SETTING_NAMES } from '#domain/settings/setting.js';
import { previewRetention } from '#work/retention/preview-retention.js';
import { changeSettings, readSettings } from '#work/settings/settings.js';

export function addSettingRoutes(server: ApiServer, { work }: ApiContext): void {
  const list = async () => ({ data: (await readSettings(work.store.read)).map(presentSetting) });

  server.get(ROUTES.settings, { schema: listRoute }, list);

  server.put(ROUTES.settings, { schema: changeRoute }, async (request) => {
    const changes = SETTING_NAMES.flatMap((name) => {
      const value = request.body[name];
      if (value === undefined) return [];
      return [[name, typeof value === 'number' ? String(value) : value] as const];
    });
    await changeSettings(work, changes, actorOf(request));
    return list();
  });

  server.get(ROUTES.retention, { schema: retentionRoute }, async (_request, reply) => ({
    data: (await previewRetention(work, clientSignal(reply))).map(presentPreview),
  }));
}
