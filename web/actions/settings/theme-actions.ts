import { ThemeIcon } from '../../components/feedback/icons.tsx';
import { chooseTheme, currentTheme, themeAfter } from '../../components/feedback/theme.ts';
import type { Action } from '../actions/action.ts';
import { chord } from '../actions/shortcut.ts';

export const toggleTheme: Action<null> = {
  label: 'Change theme',
  icon: ThemeIcon,
  shortcut: chord('T'),
  available: () => true,
  async perform({ toast }) {
    const theme = themeAfter(currentTheme());
    chooseTheme(theme);
    toast(`Theme: ${theme}.`, 'theme');
  },
};
