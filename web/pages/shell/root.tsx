import { Outlet } from '@tanstack/react-router';
import { QuestionProvider } from '../../components/forms/dialogs.tsx';
import { ToastProvider } from '../../components/feedback/toasts.tsx';

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
