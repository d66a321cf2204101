import { Outlet } from '@tanstack/react-router';
import { ToastProvider } from '../../components/feedback/toasts.tsx';
import { QuestionProvider } from '../../components/forms/dialogs.tsx';

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
