import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import type { LiveMessage } from '#contract/api/live.js';
import { ROUTES } from '#contract/api/routes.js';
import type { Scan, ScanList } from '#contract/scans/scan.js';
import { keys } from '../api/queries.ts';
import { useToasts } from '../components/feedback/toasts.tsx';
import { broughtEvents, listsAreStale, listWithScan } from './live-message.ts';
import { keepLiveSocket, type LiveState } from './socket.ts';
import { throttleByKey } from './throttle.ts';

const REFRESH_INTERVAL_MS = 500;

const LiveContext = createContext<LiveState>('connecting');

export function useLiveState(): LiveState {
  return useContext(LiveContext);
}

/** Follows the server's committed scan states and keeps what is on screen equal to them. */
export function LiveUpdates({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  const { dismiss } = useToasts();

  useEffect(() => {
    const refresh = throttleByKey(REFRESH_INTERVAL_MS, (key) =>
      queries.invalidateQueries({ queryKey: key.split('/') }),
    );
    const close = keepLiveSocket({
      open: () => new WebSocket(liveAddress()),
      onState: (now) => {
        setState(now);
        if (now === 'live') dismiss('server away');
      },
      random: Math.random,
      onMessage: (message) => {
        for (const queryKey of staleAfter(queries, message)) refresh.call(queryKey.join('/'));
      },
    });
    return () => {
      close();
      refresh.stop();
    };
  }, [queries, dismiss]);

  return <LiveContext value={state}>{children}</LiveContext>;
}

function liveAddress(): string {
  const address = new URL(ROUTES.live, window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address.href;
}

type QueryKey = readonly string[];

/** Puts what the message says into the cache; gives the keys of what has to be asked for again. */
function staleAfter(queries: QueryClient, message: LiveMessage): QueryKey[] {
  // Whatever was said before the greeting is lost to us: ask for all that moves.
  if (message.type === 'hello') {
    return [
      keys.scanLists,
      keys.scans,
      keys.allScanResults,
      keys.hostLists,
      keys.hosts,
      keys.scheduleLists,
      keys.scheduleRuns,
      keys.workerLists,
      keys.devices,
    ];
  }
  if (message.type === 'schedules') return [keys.scheduleLists, keys.scheduleRuns];
  if (message.type === 'hosts') return [keys.hostLists, keys.hosts, keys.devices];
  // Scans that wait say for whom.
  if (message.type === 'workers') return [keys.workerLists, keys.scanLists, keys.scans];
  if (message.type === 'scan_purged') {
    // What the page of it shows is there no more, and asking anew would keep the old answer.
    void queries.resetQueries({ queryKey: keys.scan(message.id) });
    return [keys.scanLists, keys.hosts, keys.devices];
  }
  const { scan } = message;
  const lists = queries
    .getQueriesData<ScanList>({ queryKey: keys.scanLists })
    .flatMap(([, list]) => (list === undefined ? [] : [list]));
  const known =
    queries.getQueryData<Scan>(keys.scan(scan.id)) ??
    lists.flatMap(({ data }) => data).find(({ id }) => id === scan.id);
  queries.setQueriesData<ScanList>({ queryKey: keys.scanLists }, (list) => list && listWithScan(list, scan));
  queries.setQueryData<Scan>(keys.scan(scan.id), (current) => current && scan);
  return [
    ...(listsAreStale(lists, scan) ? [keys.scanLists] : []),
    // An answer that was under way may be older than this message and overwrite it; one asked for now is not.
    ...(known?.status === scan.status ? [] : [keys.scan(scan.id)]),
    ...(broughtEvents(known, scan) ? [keys.scanResults(scan.id), keys.hostLists, keys.hosts] : []),
  ];
}
