import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ScanRequest } from '#contract/scans/scan.js';
import { planQuery } from '../../api/queries.ts';

const TYPING_PAUSE_MS = 400;

/** The last value that stood still for the pause. */
function useDebouncedValue<Value>(value: Value, pauseMs: number): Value {
  const [completed, setDebounced] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value, pauseMs]);
  return completed;
}

/** What the request would do, asked of the server once the person stops typing; one object per request. */
export function usePlan(request: ScanRequest | undefined) {
  const completed = useDebouncedValue(request, TYPING_PAUSE_MS);
  const plan = useQuery(planQuery(completed));
  return {
    plan: request === undefined ? undefined : plan.data,
    error: request === undefined ? null : plan.error,
    /** False while the shown plan is still that of what was typed before. */
    isCurrent: request !== undefined && completed === request && !plan.isPlaceholderData && !plan.isFetching,
  };
}
