import type { QueryClient } from '@tanstack/react-query';
import type { ComponentType } from 'react';
import type { Client } from '#contract/api/client.js';
import type { ToastTopic } from '../../components/feedback/toast-list.ts';
import type { Dialog, Question } from '../../components/forms/dialog-queue.ts';
import type { Shortcut } from './shortcut.ts';

/** Everything an action may touch. */
export interface ActionContext {
  readonly client: Client;
  readonly queries: QueryClient;
  /** Tells the person that it is done, in a few words. */
  readonly toast: (sentence: string, topic?: ToastTopic) => void;
  /** The same, with a button that takes it back. */
  readonly toastWithUndo: (sentence: string, undo: () => Promise<void>, topic?: ToastTopic) => void;
  /** Asks a question and waits for its answer. */
  readonly confirm: Dialog;
  /** Goes to a page of ours by its path. */
  readonly go: (path: string) => Promise<void>;
}

/** Something a person can do to a subject: defined once, offered by button, menu and keyboard alike. */
export interface Action<Subject> {
  readonly label: string;
  readonly icon: ComponentType;
  readonly tone?: 'danger';
  readonly shortcut?: Shortcut;
  readonly available: (subject: Subject) => boolean;
  /** Asked before it is done, for what cannot be taken back; nothing is asked of what will be refused. */
  readonly question?: (context: ActionContext, subject: Subject) => Promise<Question | undefined>;
  /** Throws what the API threw, which who offers the action shows, or `Declined`. */
  readonly perform: (context: ActionContext, subject: Subject) => Promise<void>;
}
