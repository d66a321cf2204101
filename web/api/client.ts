import { createClient } from '#contract/api/client.js';
import { fetchTransport } from './transport.ts';

export const client = createClient(fetchTransport);
