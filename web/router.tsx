import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { hasCode } from './api/failure.ts';
import { sessionQuery } from './api/queries.ts';
import { DevicePage } from './pages/device/device-page.tsx';
import { DevicesPage } from './pages/devices/devices-page.tsx';
import { readDevicesSearch } from './pages/devices/devices-search.ts';
import { DiscoveryPage } from './pages/discovery/discovery-page.tsx';
import { readDiscoverySearch } from './pages/discovery/discovery-search.ts';
import { RunPage } from './pages/discovery-run/discovery-run-page.tsx';
import { readRunSearch } from './pages/discovery-run/run-search.ts';
import { GroupPage } from './pages/groups/group-page.tsx';
import { GroupsPage } from './pages/groups/groups-page.tsx';
import { readGroupSearch, readGroupsSearch } from './pages/groups/groups-search.ts';
import { HostPage } from './pages/host/host-page.tsx';
import { HostsPage } from './pages/hosts/hosts-page.tsx';
import { readHostsSearch } from './pages/hosts/hosts-search.ts';
import { NetworkPage } from './pages/network/network-page.tsx';
import { NetworksPage } from './pages/networks/networks-page.tsx';
import { readNetworksSearch } from './pages/networks/networks-search.ts';
import { ProfilesPage } from './pages/profiles/profiles-page.tsx';
import { ScanPage } from './pages/scan/scan-page.tsx';
import { readScanSearch } from './pages/scan/scan-search.ts';
import { ScansPage } from './pages/scans/scans-page.tsx';
import { readScansSearch } from './pages/scans/scans-search.ts';
import { SchedulesPage } from './pages/schedules/schedules-page.tsx';
import { parseSearch, readPageSearch, stringifySearch } from './pages/search.ts';
import { SettingsPage } from './pages/settings/settings-page.tsx';
import { Crash } from './pages/shell/crash.tsx';
import { NotFound } from './pages/shell/not-found.tsx';
import { Root } from './pages/shell/root.tsx';
import { Shell } from './pages/shell/shell.tsx';
import { SignInPage } from './pages/sign-in/sign-in-page.tsx';
import { readSignInSearch } from './pages/sign-in/sign-in-search.ts';
import { SitePage } from './pages/site/site-page.tsx';
import { SitesPage } from './pages/sites/sites-page.tsx';
import { SmartScanPage } from './pages/smart-scan/smart-scan-page.tsx';
import { TagsPage } from './pages/tags/tags-page.tsx';
import { WorkersPage } from './pages/workers/workers-page.tsx';
import { readWorkersSearch } from './pages/workers/workers-search.ts';

interface RouterContext {
  readonly queries: QueryClient;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: Root });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: readSignInSearch,
  component: SignInPage,
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
  component: ScansPage,
});
const scanRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/scans/$id',
  validateSearch: readScanSearch,
  component: ScanPage,
});
const discoveryRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/discovery',
  validateSearch: readDiscoverySearch,
  component: DiscoveryPage,
});
const runRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/discovery/$id',
  validateSearch: readRunSearch,
  component: RunPage,
});
const hostsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/hosts',
  validateSearch: readHostsSearch,
  component: HostsPage,
});
const devicesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/devices',
  validateSearch: readDevicesSearch,
  component: DevicesPage,
});
const deviceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/devices/$id',
  component: DevicePage,
});
const suggestionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/suggestions',
  component: SmartScanPage,
});
const groupsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/groups',
  validateSearch: readGroupsSearch,
  component: GroupsPage,
});
const groupRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/groups/$id',
  validateSearch: readGroupSearch,
  component: GroupPage,
});
const tagsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/tags',
  validateSearch: readPageSearch,
  component: TagsPage,
});
const networksRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/networks',
  validateSearch: readNetworksSearch,
  component: NetworksPage,
});
const networkRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/networks/$id',
  component: NetworkPage,
});
const sitesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/sites',
  validateSearch: readPageSearch,
  component: SitesPage,
});
const siteRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/sites/$id',
  component: SitePage,
});
const profilesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/profiles',
  validateSearch: readPageSearch,
  component: ProfilesPage,
});
const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings',
  component: SettingsPage,
});
const schedulesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/schedules',
  validateSearch: readPageSearch,
  component: SchedulesPage,
});
const workersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/workers',
  validateSearch: readWorkersSearch,
  component: WorkersPage,
});
const hostRoute = createRoute({ getParentRoute: () => shellRoute, path: '/hosts/$id', component: HostPage });
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
