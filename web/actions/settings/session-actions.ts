import { SignOutIcon } from '../../components/feedback/icons.tsx';
import type { Action } from '../actions/action.ts';

export const signOut: Action<null> = {
  label: 'Sign out',
  icon: SignOutIcon,
  available: () => true,
  async perform({ client, queries, go, toast }) {
    await client.signOut();
    await go('/sign-in');
    // Only now: clearing under a page that still shows data would make it ask again, signed out.
    queries.clear();
    toast('You are signed out.');
  },
};
