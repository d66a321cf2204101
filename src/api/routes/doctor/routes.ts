import type { ApiContext, ApiServer } from '#api/context.js';
import { answerOrAway } from '#api/http/database-guard.js';
import { inTime } from '#api/http/deadline.js';
import { presentDoctor } from '#api/routes/doctor/presenter.js';
import { doctorRoute } from '#api/routes/doctor/schemas.js';
import { ROUTES } from '#contract/api/routes.js';
import { findServerFacts } from '#store/database/server-facts.js';
import { examineMachine, surveyOrDeath } from '#work/health/examine-machine.js';

export function addDoctorRoutes(server: ApiServer, { work, embeddedDatabase }: ApiContext): void {
  server.get(ROUTES.doctor, { config: { database: 'unneeded' }, schema: doctorRoute }, async () => {
    const facts = await inTime(answerOrAway(work.store.breaker, findServerFacts(work.store.read)));
    const survey = await surveyOrDeath(work.prober);
    return presentDoctor(
      examineMachine(survey, {
        isEmbedded: embeddedDatabase,
        version: facts?.serverVersion ?? null,
        problem: facts === undefined ? { message: 'The database does not answer.', hint: undefined } : null,
      }),
    );
  });
}
