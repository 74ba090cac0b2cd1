import { render } from 'preact';
import { BroadcastPage } from './broadcast-page';

render(<BroadcastPage />, document.getElementById('page') as HTMLElement);
