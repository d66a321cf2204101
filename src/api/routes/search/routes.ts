import type { ApiContext, ApiServer } from '#api/context.js';
import {
  presentHost,
  presentLabel,
  presentNetwork,
  presentPort,
  presentProfile,
  presentScan,
  presentService,
  presentSite,
} from '#api/routes/search/presenter.js';
import { searchRoute } from '#api/routes/search/schemas.js';
import { ROUTES } from '#contract/api/routes.js';
import { MAX_MORE_COUNTED, shownOf } from '#domain/text/search-limit.js';
import { inSnapshot } from '#store/database/snapshot.js';
import {
  findHosts,
  findLabels,
  findNetworks,
  findPorts,
  findProfiles,
  findScans,
  findServices,
  findSites,
} from '#store/filter/search.js';

export function addSearchRoutes(server: ApiServer, { work }: ApiContext): void {
  server.get(ROUTES.search, { schema: searchRoute }, ({ query: { q: text, limit } }) =>
    inSnapshot(work.store.read, async (snapshot) => {
      const search = { text, limit: limit + MAX_MORE_COUNTED };
      const found = [
        ...(await findHosts(snapshot, search)).map(presentHost),
        ...(await findPorts(snapshot, search)).map(presentPort),
        ...(await findServices(snapshot, search)).map(presentService),
        ...(await findLabels(snapshot, search)).map(presentLabel),
        ...(await findNetworks(snapshot, search)).map(presentNetwork),
        ...(await findSites(snapshot, search)).map(presentSite),
        ...(await findProfiles(snapshot, search)).map(presentProfile),
        ...(await findScans(snapshot, search)).map(presentScan),
      ];
      const { shown, more } = shownOf(found, limit);
      return { data: shown, more };
    }),
  );
}
