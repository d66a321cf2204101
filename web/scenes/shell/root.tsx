import { Outlet } from '@tanstack/react-router';
import { QuestionProvider } from '../../components/questions.tsx';
import { ToastProvider } from '../../components/toasts.tsx';

/** What is told and asked on every page; within the router, so that it can lead somewhere. */
export function Root() {
  return (
    <ToastProvider>
      <QuestionProvider>
        <Outlet />
      </QuestionProvider>
    </ToastProvider>
  );
}
