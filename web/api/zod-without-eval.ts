import { z } from 'zod';

// The content security policy forbids compiling code, so schemas must not even try. Import this first:
// a schema decides while it is being built.
z.config({ jitless: true });
