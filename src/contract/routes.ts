/** Every path of the API, named once for server, CLI and web. */
export const API_PREFIX = '/api/v1';
export const ROUTES = {
  /** For Prometheus, which expects it here. */
  metrics: '/metrics',
  liveness: `${API_PREFIX}/liveness`,
  readiness: `${API_PREFIX}/readiness`,
  health: `${API_PREFIX}/health`,
  integrity: `${API_PREFIX}/health/integrity`,
  doctor: `${API_PREFIX}/doctor`,
  session: `${API_PREFIX}/session`,
  signIn: `${API_PREFIX}/sign-in`,
  signOut: `${API_PREFIX}/sign-out`,
  signInLinks: `${API_PREFIX}/sign-in-links`,
  apiKeys: `${API_PREFIX}/apikeys`,
  scans: `${API_PREFIX}/scans`,
  scanPlan: `${API_PREFIX}/scans/plan`,
  scan: (id: string) => `${API_PREFIX}/scans/${encodeURIComponent(id)}`,
  scanResults: (id: string) => `${API_PREFIX}/scans/${encodeURIComponent(id)}/results`,
  scanDiff: (id: string) => `${API_PREFIX}/scans/${encodeURIComponent(id)}/diff`,
  stopScan: (id: string) => `${API_PREFIX}/scans/${encodeURIComponent(id)}/stop`,
  resumeScan: (id: string) => `${API_PREFIX}/scans/${encodeURIComponent(id)}/resume`,
  hosts: `${API_PREFIX}/hosts`,
  host: (id: string) => `${API_PREFIX}/hosts/${encodeURIComponent(id)}`,
  hostHistory: (id: string) => `${API_PREFIX}/hosts/${encodeURIComponent(id)}/history`,
  imports: `${API_PREFIX}/imports`,
  live: `${API_PREFIX}/live`,
} as const;
