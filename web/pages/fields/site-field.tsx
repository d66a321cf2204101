import { useQuery } from '@tanstack/react-query';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { sitesQuery } from '../../api/queries.ts';
import { ChoiceField } from '../../components/forms/fields.tsx';

/** Sites that are offered. */
const SITES_OFFERED = 1_000;

/** The names of all sites; the one that there always is until they are known. */
export function useSiteNames(): readonly string[] {
  const sites = useQuery(sitesQuery({ page_size: SITES_OFFERED }));
  return sites.data?.data.map(({ name }) => name) ?? [DEFAULT_SITE];
}

interface SiteFieldProps {
  readonly value: string;
  readonly onChange: (site: string) => void;
  readonly hint?: string;
  /** What is said for no site, where that may be chosen. */
  readonly none?: string;
  /** Only shown. */
  readonly isFixed?: boolean;
}

export function SiteField({ value, onChange, hint, none, isFixed = false }: SiteFieldProps) {
  const names = useSiteNames();
  return (
    <ChoiceField
      label="Site"
      hint={isFixed ? 'It stays at its site.' : hint}
      terms={[...new Set([...(none === undefined ? [] : ['']), ...names, value])]}
      texts={none === undefined ? {} : { '': none }}
      disabled={isFixed}
      value={value}
      onChange={onChange}
    />
  );
}
