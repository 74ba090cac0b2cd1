import { copyButton } from './copy.js';

// Adds a button to each command of the start page.
for (const command of document.querySelectorAll('.command')) {
  const text = command.textContent?.trim() ?? '';
  command.append(copyButton(text, text));
}
