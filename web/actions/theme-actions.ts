import { ThemeIcon } from '../components/icons.tsx';
import { chooseTheme, currentTheme, themeAfter } from '../components/theme.ts';
import type { Action } from './action.ts';
import { chord } from './shortcut.ts';

export const toggleTheme: Action<null> = {
  label: 'Change theme',
  icon: ThemeIcon,
  shortcut: chord('T'),
  available: () => true,
  async perform({ say }) {
    const theme = themeAfter(currentTheme());
    chooseTheme(theme);
    say(`Theme: ${theme}.`, 'theme');
  },
};
