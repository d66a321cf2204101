import type { Site, SiteChange, SiteRequest } from '#contract/networks/site.js';
import { failingSchedulesText } from '#domain/schedules/failing-schedules.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { keys } from '../../api/queries.ts';
import { PlayIcon, TrashIcon } from '../../components/feedback/icons.tsx';
import type { Action, ActionContext } from '../actions/action.ts';
import { isNothing, SO_ALREADY } from '../actions/changed-fields.ts';

/** Whatever lies at a site tells its name. */
async function refresh({ queries }: ActionContext): Promise<void> {
  await queries.invalidateQueries({ queryKey: keys.siteLists });
  void queries.invalidateQueries();
}

export const addSite: Action<SiteRequest> = {
  label: 'Make site',
  icon: PlayIcon,
  available: () => true,
  async perform(context, request) {
    const { id, name } = await context.client.createSite(request);
    void refresh(context);
    await context.go(`/sites/${id}`);
    context.toast(`The site ${name} is made. Nothing limits yet what is scanned there.`);
  },
};

export const changeSite: Action<{ readonly site: Site; readonly change: SiteChange }> = {
  label: 'Save site',
  icon: PlayIcon,
  available: () => true,
  async perform(context, { site, change }) {
    if (isNothing(change)) {
      context.toast(SO_ALREADY);
      return;
    }
    const changed = await context.client.changeSite(site.id, change);
    const { name, scope } = changed;
    const done = `The site ${name} is changed; scans that begin from now on heed it.`;
    const failing = failingSchedulesText(changed.failing_schedules, 'scope');
    // Its page may have been reached by its name.
    await context.go(`/sites/${site.id}`);
    await refresh(context);
    context.toastWithUndo(
      failing === undefined ? done : `${done} ${failing}`,
      async () => {
        // Only what was changed goes back, and no scope that somebody else gave it since.
        await context.client.changeSite(site.id, {
          ...(change.name !== undefined && { name: site.name }),
          ...(change.scope !== undefined && { scope: site.scope, expected_scope: scope }),
        });
        await refresh(context);
      },
      `site ${site.id}`,
    );
  },
};

export const removeSite: Action<Site> = {
  label: 'Remove',
  icon: TrashIcon,
  tone: 'danger',
  available: ({ name }) => name !== DEFAULT_SITE,
  async question({ client }, { id, name }) {
    const { networks, hosts, scans, exclusions, schedules, workers } = await client.site(id);
    // What is in it keeps it, which the server says.
    if (networks + hosts + scans + exclusions + schedules + workers > 0) return undefined;
    return {
      title: `Remove the site ${name}?`,
      confirmLabel: 'Remove',
      isDanger: true,
      sentences: ['Nothing is in it. Its scope goes with it.'],
    };
  },
  async perform(context, { id, name }) {
    await context.client.removeSite(id);
    await context.go('/sites');
    await refresh(context);
    context.toast(`The site ${name} is removed.`, `site ${id}`);
  },
};
