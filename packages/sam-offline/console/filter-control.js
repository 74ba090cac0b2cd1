/** @import { Page } from './types' */

/**
 * Sets a filter control from the address, and stores its value there, so that a reload and Back keep it.
 *
 * @param {Page} page
 * @param {string} name of the parameter; starts with `filter`
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @param {() => void} onChange
 */
export function keepFilter(page, name, control, onChange) {
  const value = page.filter(name);
  if (value !== '') control.value = value;
  // The address may name an option that does not exist, such as a rule of another version of the application.
  if (control instanceof HTMLSelectElement && control.selectedIndex < 0) control.selectedIndex = 0;
  control.addEventListener('input', () => {
    page.setFilter(name, control.value);
    onChange();
  });
}
