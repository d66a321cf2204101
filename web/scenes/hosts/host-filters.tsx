import { useEffect, useRef, useState } from 'react';
import { HOST_STATUSES, type HostStatus } from '#domain/host-status.js';
import { INPUT_CLASS } from '../../components/field.tsx';
import { FilterSelect } from '../../components/select.tsx';

const TYPING_PAUSE_MS = 300;

interface HostFiltersProps {
  readonly search: string;
  readonly status: HostStatus | undefined;
  readonly onSearch: (search: string) => void;
  readonly onStatus: (status: HostStatus | undefined) => void;
}

export function HostFilters({ search, status, onSearch, onStatus }: HostFiltersProps) {
  return (
    <search className="flex w-full flex-wrap items-center gap-3 sm:w-auto">
      <SearchBox key="search" value={search} onChange={onSearch} />
      <FilterSelect label="Status" all="all" values={HOST_STATUSES} value={status} onChange={onStatus} />
    </search>
  );
}

/** Follows its own typing at once and tells of it after a pause; follows the address when that changes. */
function SearchBox({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    if (value !== told.current) setText(value);
    told.current = value;
  }, [value]);

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  function type(typed: string): void {
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      told.current = typed.trim();
      onChange(typed.trim());
    }, TYPING_PAUSE_MS);
  }

  return (
    <input
      type="search"
      aria-label="Search hosts"
      placeholder="Part of an address or name"
      spellCheck={false}
      className={`${INPUT_CLASS} h-9 grow sm:w-64`}
      value={text}
      onChange={(event) => type(event.target.value)}
    />
  );
}
