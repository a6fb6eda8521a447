/** Loads the code that the first page does without, so that a click needs no server to bring it. */

const PARTS = [
  () => import('./ContactsPage'),
  () => import('./AdminPage'),
  () => import('./QuickRepliesPage'),
  () => import('../features/conversation/actions/BulkBar'),
  () => import('../features/conversation/actions/dialogs'),
  () => import('../features/conversation/composer/ScheduleDialog'),
  () => import('../features/conversation/contact/ContactForm'),
  () => import('../features/conversation/contact/EraseDialog'),
  () => import('../features/conversation/history/HistoryDialog'),
  () => import('../features/quick-replies/SuggestDialog'),
  () => import('../features/login/PasswordDialog'),
  () => import('../features/templates/TemplatesDialog'),
]

/** In the browser's idle time; a part that fails is loaded when it is first opened. */
export function preloadParts(): void {
  // Safari has no idle callback.
  const whenIdle = window.requestIdleCallback ?? setTimeout
  whenIdle(() => void Promise.allSettled(PARTS.map((load) => load())))
}
