import { createText, Receipts } from '../comparison/clients/receipts';

describe('createText', () => {
  it('returns a text with the message number and the given size', () => {
    expect(createText(12, 10)).toBe('#12#xxxxxx');
  });
});

describe('Receipts', () => {
  let now: number;
  let receipts: Receipts;
  const receiveAt = (time: number, connection: number, frame: string) => {
    now = time;
    receipts.receive(connection, frame);
  };

  beforeEach(() => {
    now = 100;
    receipts = new Receipts(() => now);
  });

  it('measures the time from sending to each receipt', () => {
    receipts.expect(3, 2, false);
    receiveAt(110, 0, '#3#xx');
    receiveAt(125, 1, '{"type":"message","text":"#3#xx"}');
    expect(receipts.take(3)).toEqual({ received: [10, 25], missing: 0, ackMs: undefined });
  });

  it('counts a message once per connection', () => {
    receipts.expect(3, 2, false);
    receiveAt(110, 0, '#3#');
    receiveAt(120, 0, '#3#');
    expect(receipts.take(3)).toMatchObject({ received: [10], missing: 1 });
  });

  it('measures concurrent messages separately', () => {
    receipts.expect(3, 1, false);
    receipts.expect(31, 1, false);
    receiveAt(110, 0, '#31#');
    expect(receipts.take(3)).toMatchObject({ missing: 1 });
    expect(receipts.take(31)).toMatchObject({ missing: 0 });
  });

  it('ignores removed messages and other frames', () => {
    receipts.expect(3, 1, false);
    receipts.take(3);
    expect(() => receipts.receive(0, '#3#')).not.toThrow();
    expect(() => receipts.receive(0, '{"type":"presence"}')).not.toThrow();
  });

  it('calls the listener when the last receipt arrives', () => {
    const listener = jest.fn();
    receipts.expect(3, 2, false);
    receipts.onComplete(3, listener);
    receipts.receive(0, '#3#');
    expect(listener).not.toHaveBeenCalled();
    receipts.receive(1, '#3#');
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['before', ['{"type":"ack","id":"3"}', '#3#']],
    ['after', ['#3#', '{"type":"ack","id":"3"}']],
  ])('waits for an acknowledgement %s the last receipt', (_, frames) => {
    const listener = jest.fn();
    receipts.expect(3, 1, true);
    receipts.onComplete(3, listener);
    receiveAt(110, 0, frames[0] as string);
    expect(listener).not.toHaveBeenCalled();
    receiveAt(120, 0, frames[1] as string);
    expect(listener).toHaveBeenCalledTimes(1);
    const { received, ackMs } = receipts.take(3);
    expect([received[0], ackMs].sort()).toEqual([10, 20]);
  });
});
