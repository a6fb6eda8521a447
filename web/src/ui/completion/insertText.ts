/** Replaces a part of a text field as typing would, so that the browser can undo it. */

export function insertText(field: HTMLTextAreaElement, start: number, end: number, text: string): void {
  const wanted = field.value.slice(0, start) + text + field.value.slice(end)
  field.focus({ preventScroll: true })
  field.setSelectionRange(start, end)
  // The only way into the browser's undo. It goes by the letters of a keyboard, so the outcome is looked at.
  document.execCommand?.('insertText', false, text)
  if (field.value !== wanted) {
    field.setRangeText(wanted, 0, field.value.length)
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }
  field.setSelectionRange(start + text.length, start + text.length)
}
