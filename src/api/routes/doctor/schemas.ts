import { doctorReportSchema } from '#contract/workers/doctor.js';

export const doctorRoute = {
  operationId: 'doctor',
  summary: 'What the machine of the server can do, and the commands that mend what it cannot',
  tags: ['health'],
  response: { 200: doctorReportSchema },
};
