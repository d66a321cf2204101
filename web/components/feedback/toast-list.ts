import type { Failure } from '../../api/failure.ts';

/** Things that toasts tell of one by one, with the id behind the word. */
type ToastSubject = 'host' | 'scan' | 'network' | 'site' | 'group' | 'tag' | 'worker';

/**
 * What a toast can be about: a newer one about the same takes the older one's place, so that nobody takes back what
 * is not so any more.
 */
export type ToastTopic = 'theme' | 'server away' | 'device decision' | `${ToastSubject} ${string}`;

export interface Toast extends Failure {
  readonly number: number;
  readonly isFailure: boolean;
  readonly topic?: ToastTopic | undefined;
  /** Takes back what it tells of; offered for as long as it is shown. */
  readonly undo?: (() => Promise<void>) | undefined;
}

const MAX_TOASTS = 4;

export function withToast(shown: readonly Toast[], toast: Toast): readonly Toast[] {
  const others = toast.topic === undefined ? shown : withoutTopic(shown, toast.topic);
  return [...others, toast].slice(-MAX_TOASTS);
}

export function withoutTopic(shown: readonly Toast[], topic: ToastTopic): readonly Toast[] {
  return shown.filter((toast) => toast.topic !== topic);
}

/** Without what failed, but for what has a topic: that goes when it is not so any more. */
export function withoutFailures(shown: readonly Toast[]): readonly Toast[] {
  return shown.filter(({ isFailure, topic }) => !isFailure || topic !== undefined);
}
