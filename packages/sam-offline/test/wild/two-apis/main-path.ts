import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/amazon-chime-sdk-classroom-demo',
    url: 'https://github.com/aws-samples/amazon-chime-sdk-classroom-demo',
  },
  async drive({ connect, runtime }) {
    const staff = await connect({ api: 'StaffApi' });
    staff.send({ action: 'whoami' });
    const { connectionId, history } = (await staff.receive()) as { connectionId: string; history: string };
    expect(history).toBe('20');
    const guest = await connect({ api: 'PublicApi' });
    guest.send({ action: 'report', to: connectionId, text: 'help' });
    expect(await staff.receive()).toEqual({ text: 'help' });
    guest.send({ action: 'whoami' });
    expect(await guest.receive()).toMatchObject({ message: 'Forbidden' });
    expect(runtime.app.support.findings).toEqual([]);
  },
};

export default app;
