import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { hasCode } from './api/failure.ts';
import { keys, retryWhenItMayPass } from './api/queries.ts';
import { createAppRouter } from './router.tsx';

const FRESH_MS = 1_000;

const queries = new QueryClient({
  queryCache: new QueryCache({ onError: signInAgain }),
  defaultOptions: { queries: { staleTime: FRESH_MS, retry: retryWhenItMayPass } },
});
const router = createAppRouter(queries);

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

/** A session can end while a page is open; the page comes back after signing in. */
function signInAgain(error: unknown): void {
  const { pathname, href } = router.state.location;
  if (!hasCode(error, 'unauthenticated') || pathname === '/sign-in') return;
  queries.removeQueries({ queryKey: keys.session });
  void router.navigate({ to: '/sign-in', search: { next: href } });
}

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
