import { z } from 'zod';

/** The parameter of paths that name something by its id. A UUID of any version is taken: what is not there is `not_found`. */
export const idParameters = z.object({ id: z.guid() });
