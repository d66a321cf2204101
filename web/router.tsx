import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { hasCode } from './api/failure.ts';
import { sessionQuery } from './api/queries.ts';
import { DeviceScene } from './pages/device/device-page.tsx';
import { DevicesScene } from './pages/devices/devices-page.tsx';
import { readDevicesSearch } from './pages/devices/devices-search.ts';
import { DiscoveryScene } from './pages/discovery/discovery-page.tsx';
import { readDiscoverySearch } from './pages/discovery/discovery-search.ts';
import { RunScene } from './pages/discovery-run/discovery-run-page.tsx';
import { readRunSearch } from './pages/discovery-run/run-search.ts';
import { GroupScene } from './pages/groups/group-page.tsx';
import { GroupsScene } from './pages/groups/groups-page.tsx';
import { readGroupSearch, readGroupsSearch } from './pages/groups/groups-search.ts';
import { HostScene } from './pages/host/host-page.tsx';
import { HostsScene } from './pages/hosts/hosts-page.tsx';
import { readHostsSearch } from './pages/hosts/hosts-search.ts';
import { NetworkScene } from './pages/network/network-page.tsx';
import { NetworksScene } from './pages/networks/networks-page.tsx';
import { readNetworksSearch } from './pages/networks/networks-search.ts';
import { ProfilesScene } from './pages/profiles/profiles-page.tsx';
import { ScanScene } from './pages/scan/scan-page.tsx';
import { readScanSearch } from './pages/scan/scan-search.ts';
import { ScansScene } from './pages/scans/scans-page.tsx';
import { readScansSearch } from './pages/scans/scans-search.ts';
import { SchedulesScene } from './pages/schedules/schedules-page.tsx';
import { parseSearch, readPageSearch, stringifySearch } from './pages/search.ts';
import { SettingsScene } from './pages/settings/settings-page.tsx';
import { Crash } from './pages/shell/crash.tsx';
import { NotFound } from './pages/shell/not-found.tsx';
import { Root } from './pages/shell/root.tsx';
import { Shell } from './pages/shell/shell.tsx';
import { SignInScene } from './pages/sign-in/sign-in-page.tsx';
import { readSignInSearch } from './pages/sign-in/sign-in-search.ts';
import { SiteScene } from './pages/site/site-page.tsx';
import { SitesScene } from './pages/sites/sites-page.tsx';
import { SmartScanScene } from './pages/smart-scan/smart-scan-page.tsx';
import { TagsScene } from './pages/tags/tags-page.tsx';
import { WorkersScene } from './pages/workers/workers-page.tsx';
import { readWorkersSearch } from './pages/workers/workers-search.ts';

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
