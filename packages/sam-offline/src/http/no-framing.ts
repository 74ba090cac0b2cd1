/**
 * Headers that prevent other websites from embedding the runtime's pages in a frame. Some of these pages show keys or contain
 * buttons.
 */
export const NO_FRAMING: Readonly<Record<string, string>> = {
  'content-security-policy': "frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};
