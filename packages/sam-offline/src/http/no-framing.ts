/** The headers of the runtime's own pages. Some show keys, or have buttons. No other page may put them into a frame. */
export const NO_FRAMING: Readonly<Record<string, string>> = {
  'content-security-policy': "frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};
