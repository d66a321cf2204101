import { VARIABLES } from '#config/variables.js';
import { SETTING_NAMES, settingFacts } from '#domain/settings/setting.js';
import { generatedNote, markdownTable } from './markdown.ts';

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** docs/configuration.md: environment variables and stored settings. */
export function configurationReference(): string {
  const variables = Object.entries(VARIABLES).map(([name, variable]) => [
    `\`${name}\``,
    'option' in variable ? `\`${variable.option}\`` : '',
    variable.fallback,
    variable.description,
  ]);
  const settings = SETTING_NAMES.map((name) => {
    const { fallback, description, allowed, acts } = settingFacts(name);
    return [
      `\`${name}\``,
      `\`${fallback}\``,
      `${capitalized(description)}. ${capitalized(allowed)}. ${acts}`,
    ];
  });
  return [
    '# Configuration',
    generatedNote('src/config/variables.ts and src/domain/settings/setting.ts'),
    '## Environment variables',
    'An option on the command line takes precedence over its variable.',
    markdownTable(['variable', 'option', 'default', 'description'], variables),
    '## Stored settings',
    'Settings are stored in the database and hold for all programs that use it. `scanorama settings list` shows them, ' +
      '`scanorama settings set NAME VALUE` changes one, and `scanorama settings reset NAME` resets it.',
    markdownTable(['setting', 'default', 'description'], settings),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}
