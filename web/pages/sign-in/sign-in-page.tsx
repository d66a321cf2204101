import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type SubmitEvent, useEffect, useRef, useState } from 'react';
import type { SignIn } from '#contract/access/session.js';
import { client } from '../../api/client.ts';
import { type Failure, failureOf, hasCode } from '../../api/failure.ts';
import { keys } from '../../api/queries.ts';
import { Button } from '../../components/controls/button.tsx';
import { BrandMark } from '../../components/feedback/icons.tsx';
import { FailureNotice } from '../../components/feedback/notice.tsx';
import { TextField } from '../../components/forms/fields.tsx';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { token, next } = route.useSearch();
  const signIn = useSignIn(next ?? '/scans');
  const [key, setKey] = useState('');
  useOneTimeLink(token, signIn.mutate);
  const fromLink = signIn.variables !== undefined && 'token' in signIn.variables;

  function onSubmit(event: SubmitEvent): void {
    event.preventDefault();
    if (key.trim() !== '') signIn.mutate({ key: key.trim() });
  }

  return (
    <main className="mx-auto flex min-h-svh w-full max-w-md flex-col justify-center gap-6 px-4 py-12">
      <title>Sign in · Scanorama</title>
      <div className="flex items-center gap-3 text-lg font-semibold tracking-tight">
        <BrandMark />
        Scanorama
      </div>
      <form
        onSubmit={onSubmit}
        className="flex flex-col gap-5 rounded-2xl border border-line bg-surface p-6 shadow-raised"
      >
        <h1 className="text-2xl font-semibold tracking-tight">Sign in</h1>
        {signIn.error && fromLink && <FailureNotice failure={failureOfLink(signIn.error)} />}
        {signIn.isPending && fromLink && (
          <output className="text-sm text-muted">Signing in with the one-time link…</output>
        )}
        <TextField
          label="API key"
          failure={signIn.error && !fromLink ? failureOfKey(signIn.error) : undefined}
          spellCheck={false}
          type="password"
          autoComplete="current-password"
          required
          value={key}
          onChange={(text) => setKey(text)}
        />
        <Button type="submit" variant="primary" disabled={signIn.isPending}>
          Sign in
        </Button>
      </form>
      <WhereIsMyKey />
    </main>
  );
}

function useSignIn(next: string) {
  const queries = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: (body: SignIn) => client.signIn(body),
    onSuccess: async (session) => {
      queries.setQueryData(keys.session, session);
      await router.navigate({ href: next, replace: true });
    },
  });
}

/** Takes the token out of the address first: it must stay neither in the history nor on a failed page. */
function useOneTimeLink(token: string | undefined, signIn: (body: SignIn) => void): void {
  const navigate = route.useNavigate();
  const used = useRef(false);
  useEffect(() => {
    if (token === undefined || used.current) return;
    used.current = true;
    void navigate({ search: ({ token: _taken, ...rest }) => rest, replace: true });
    signIn({ token });
  }, [token, signIn, navigate]);
}

function failureOfLink(error: unknown): Failure {
  if (!hasCode(error, 'unauthenticated')) return failureOf(error);
  return {
    sentence: 'This sign-in link is used up or too old.',
    hint: 'Make a new one with scanorama api-keys link, or paste an API key.',
  };
}

function failureOfKey(error: unknown): Failure {
  if (!hasCode(error, 'unauthenticated')) return failureOf(error);
  return {
    sentence: 'The server does not accept this key.',
    hint: 'Check that it is whole, and neither expired nor revoked.',
  };
}

function WhereIsMyKey() {
  return (
    <section className="text-sm text-muted" aria-labelledby="where">
      <h2 id="where" className="mb-2 font-medium text-ink">
        Where is my key?
      </h2>
      <ul className="flex list-disc flex-col gap-1.5 pl-5">
        <li>At its first start the server wrote one into a file and printed where that file is.</li>
        <li>
          On the machine it runs on, <Command>scanorama api-keys link</Command> prints a link that signs you
          in once.
        </li>
        <li>
          <Command>scanorama api-keys create</Command> makes another key.
        </li>
      </ul>
    </section>
  );
}

function Command({ children }: { readonly children: string }) {
  return <code className="rounded bg-sunken px-1.5 py-0.5 font-mono text-xs text-ink">{children}</code>;
}
