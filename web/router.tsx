import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { hasCode } from './api/failure.ts';
import { sessionQuery } from './api/queries.ts';
import { DeviceScene } from './scenes/device/device-scene.tsx';
import { DevicesScene } from './scenes/devices/devices-scene.tsx';
import { readDevicesSearch } from './scenes/devices/devices-search.ts';
import { DiscoveryScene } from './scenes/discovery/discovery-scene.tsx';
import { readDiscoverySearch } from './scenes/discovery/discovery-search.ts';
import { RunScene } from './scenes/discovery-run/run-scene.tsx';
import { readRunSearch } from './scenes/discovery-run/run-search.ts';
import { GroupScene } from './scenes/groups/group-scene.tsx';
import { GroupsScene } from './scenes/groups/groups-scene.tsx';
import { readGroupSearch, readGroupsSearch } from './scenes/groups/groups-search.ts';
import { HostScene } from './scenes/host/host-scene.tsx';
import { HostsScene } from './scenes/hosts/hosts-scene.tsx';
import { readHostsSearch } from './scenes/hosts/hosts-search.ts';
import { NetworkScene } from './scenes/network/network-scene.tsx';
import { NetworksScene } from './scenes/networks/networks-scene.tsx';
import { readNetworksSearch } from './scenes/networks/networks-search.ts';
import { ProfilesScene } from './scenes/profiles/profiles-scene.tsx';
import { ScanScene } from './scenes/scan/scan-scene.tsx';
import { readScanSearch } from './scenes/scan/scan-search.ts';
import { ScansScene } from './scenes/scans/scans-scene.tsx';
import { readScansSearch } from './scenes/scans/scans-search.ts';
import { SchedulesScene } from './scenes/schedules/schedules-scene.tsx';
import { parseSearch, readPageSearch, stringifySearch } from './scenes/search.ts';
import { SettingsScene } from './scenes/settings/settings-scene.tsx';
import { Crash } from './scenes/shell/crash.tsx';
import { NotFound } from './scenes/shell/not-found.tsx';
import { Root } from './scenes/shell/root.tsx';
import { Shell } from './scenes/shell/shell.tsx';
import { SignInScene } from './scenes/sign-in/sign-in-scene.tsx';
import { readSignInSearch } from './scenes/sign-in/sign-in-search.ts';
import { SiteScene } from './scenes/site/site-scene.tsx';
import { SitesScene } from './scenes/sites/sites-scene.tsx';
import { SmartScanScene } from './scenes/smart-scan/smart-scan-scene.tsx';
import { TagsScene } from './scenes/tags/tags-scene.tsx';
import { WorkersScene } from './scenes/workers/workers-scene.tsx';
import { readWorkersSearch } from './scenes/workers/workers-search.ts';

interface RouterContext {
  readonly queries: QueryClient;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: Root });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: readSignInSearch,
  component: SignInScene,
});

/** Everything that needs a session. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.ensureQueryData(sessionQuery());
    } catch (error) {
      if (!hasCode(error, 'unauthenticated')) throw error;
      throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { next: location.href } });
    }
  },
});

const startRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/scans', replace: true });
  },
});
const scansRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/scans',
  validateSearch: readScansSearch,
  component: ScansScene,
});
const scanRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/scans/$id',
  validateSearch: readScanSearch,
  component: ScanScene,
});
const discoveryRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/discovery',
  validateSearch: readDiscoverySearch,
  component: DiscoveryScene,
});
const runRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/discovery/$id',
  validateSearch: readRunSearch,
  component: RunScene,
});
const hostsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/hosts',
  validateSearch: readHostsSearch,
  component: HostsScene,
});
const devicesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/devices',
  validateSearch: readDevicesSearch,
  component: DevicesScene,
});
const deviceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/devices/$id',
  component: DeviceScene,
});
const suggestionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/suggestions',
  component: SmartScanScene,
});
const groupsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/groups',
  validateSearch: readGroupsSearch,
  component: GroupsScene,
});
const groupRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/groups/$id',
  validateSearch: readGroupSearch,
  component: GroupScene,
});
const tagsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/tags',
  validateSearch: readPageSearch,
  component: TagsScene,
});
const networksRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/networks',
  validateSearch: readNetworksSearch,
  component: NetworksScene,
});
const networkRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/networks/$id',
  component: NetworkScene,
});
const sitesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/sites',
  validateSearch: readPageSearch,
  component: SitesScene,
});
const siteRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/sites/$id',
  component: SiteScene,
});
const profilesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/profiles',
  validateSearch: readPageSearch,
  component: ProfilesScene,
});
const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings',
  component: SettingsScene,
});
const schedulesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/schedules',
  validateSearch: readPageSearch,
  component: SchedulesScene,
});
const workersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/workers',
  validateSearch: readWorkersSearch,
  component: WorkersScene,
});
const hostRoute = createRoute({ getParentRoute: () => shellRoute, path: '/hosts/$id', component: HostScene });
/** Any other address, within the shell so that there is a way on. */
const nowhereRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '$',
  component: () => <NotFound />,
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  shellRoute.addChildren([
    startRoute,
    scansRoute,
    scanRoute,
    discoveryRoute,
    runRoute,
    hostsRoute,
    hostRoute,
    devicesRoute,
    deviceRoute,
    suggestionsRoute,
    groupsRoute,
    groupRoute,
    tagsRoute,
    sitesRoute,
    siteRoute,
    networksRoute,
    networkRoute,
    profilesRoute,
    schedulesRoute,
    workersRoute,
    settingsRoute,
    nowhereRoute,
  ]),
]);

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultErrorComponent: Crash,
    defaultNotFoundComponent: () => <NotFound />,
  });
}
