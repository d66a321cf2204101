import { z } from 'zod';
import { signInLinkSchema } from '#contract/access/api-key.js';
import { sessionSchema, signInSchema } from '#contract/access/session.js';

const tags = ['session'];

export const sessionRoute = {
  operationId: 'session',
  summary: 'Who the request is made as',
  tags,
  response: { 200: sessionSchema },
};
export const signInRoute = {
  operationId: 'signIn',
  summary: 'Opens a session with an API key or the token of a one-time link; sets its cookie',
  tags,
  body: signInSchema,
  response: { 200: sessionSchema },
};
export const signOutRoute = {
  operationId: 'signOut',
  summary: 'Ends the session that the request is made with',
  tags,
  response: { 204: z.undefined().describe('The session is over.') },
};
export const signInLinksRoute = {
  operationId: 'createSignInLink',
  summary: 'Makes a token that signs one browser in, once',
  tags,
  response: { 201: signInLinkSchema },
};
