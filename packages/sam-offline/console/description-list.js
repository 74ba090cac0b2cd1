import { copyButton } from './copy.js';
import { h } from './dom.js';

const EXECUTION_ARN = /^arn:[\w-]+:states:[\w-]+:\d+:(?:execution|express):/;
/** Names such as `Request ID`, `rule_arn` and `orderId`. */
const ID_NAME = /(?:^|[\s_])(?:id|ID|arn|ARN)$|[a-z](?:Id|Arn)$/;
/** Longer values take a whole line. */
const LONG_VALUE = 60;

/**
 * Creates a description list. IDs can be copied, and executions are links. Skips false entries.
 *
 * @param {readonly (false | readonly [name: string, value: unknown])[]} entries
 */
export function descriptionList(entries) {
  return h(
    'dl',
    {},
    entries
      .filter((entry) => entry !== false)
      .map(([name, value]) => {
        const text = String(value);
        return h(
          text.length > LONG_VALUE ? 'div.wide' : 'div',
          {},
          h('dt', {}, name),
          h(
            'dd.mono',
            {},
            EXECUTION_ARN.test(text)
              ? h('a', { href: `#/executions/${encodeURIComponent(text)}` }, text)
              : text,
            ID_NAME.test(name) && [' ', copyButton(text, name)],
          ),
        );
      }),
  );
}
