import { createClient } from '#contract/client.js';
import { fetchTransport } from './transport.ts';

export const client = createClient(fetchTransport);
