import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ActionMenu } from '../../actions/actions/action-menu.tsx';
import { type Offer, useOffer, useShortcuts } from '../../actions/actions/use-action.ts';
import { openNewScan } from '../../actions/scans/scan-actions.ts';
import { signOut } from '../../actions/settings/session-actions.ts';
import { toggleTheme } from '../../actions/settings/theme-actions.ts';
import { sessionQuery } from '../../api/queries.ts';
import { buttonClass } from '../../components/controls/button.tsx';
import { BrandMark, MoonIcon, MoreIcon, SunIcon, ThemeIcon } from '../../components/feedback/icons.tsx';
import { useTheme } from '../../components/feedback/theme.ts';
import { ConnectionMark } from './connection-status.tsx';
import { ROOMS } from './destinations.ts';
import { Palette } from './palette.tsx';

const NAV_LINK =
  'rounded-lg px-3 py-1.5 text-sm font-medium text-muted transition-colors hover:bg-sunken hover:text-ink';
const NAV_LINK_HERE = 'bg-sunken !text-ink';

export function Header() {
  const session = useQuery(sessionQuery());
  const newScan = useOffer(openNewScan, null);
  const theme = useOffer(toggleTheme, null);
  const leave = useOffer(signOut, null);
  useShortcuts([newScan, theme]);

  return (
    <header className="border-b border-line bg-surface">
      <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-2 px-4 py-2.5 sm:px-6">
        <Link to="/scans" className="mr-3 flex items-center gap-2.5 rounded-lg font-semibold tracking-tight">
          <BrandMark />
          Scanorama
        </Link>
        <nav aria-label="Main" className="order-last mt-2 -ml-3 flex w-full flex-wrap gap-1">
          {ROOMS.map(([to, name]) => (
            <Link key={to} to={to} className={NAV_LINK} activeProps={{ className: NAV_LINK_HERE }}>
              {name}
            </Link>
          ))}
        </nav>
        <div className="ml-auto flex items-center gap-1">
          <span className="mr-2">
            <ConnectionMark />
          </span>
          <Palette />
          <ThemeButton offer={theme} />
          <ActionMenu
            label={`Account ${session.data?.actor ?? ''}`.trimEnd()}
            face={
              <>
                <span className="hidden max-w-40 truncate sm:inline">{session.data?.actor}</span>
                <MoreIcon />
              </>
            }
            offers={[newScan, theme, leave]}
            note={
              <p className="mb-1 border-b border-line px-2.5 pt-1.5 pb-2.5 text-sm">
                <span className="block text-xs text-muted">Signed in as</span>
                <span className="font-medium break-words">{session.data?.actor}</span>
                <span className="block text-xs text-muted">Scanorama {session.data?.version}</span>
              </p>
            }
          />
        </div>
      </div>
    </header>
  );
}

const THEME_ICONS = { system: ThemeIcon, light: SunIcon, dark: MoonIcon } as const;

function ThemeButton({ offer }: { readonly offer: Offer }) {
  const theme = useTheme();
  const ThemeFace = THEME_ICONS[theme];
  return (
    <button
      type="button"
      className={`${buttonClass('bare')} px-2`}
      aria-label={`Theme: ${theme}`}
      aria-keyshortcuts={offer.shortcut?.aria}
      title={`Theme: ${theme} (${offer.shortcut?.shown ?? ''})`}
      onClick={offer.perform}
    >
      <ThemeFace />
    </button>
  );
}
