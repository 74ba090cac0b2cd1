// npm start -w examples/away: runs Roomcast together with the example, from one template.
import { generateVAPIDKeys } from 'web-push';
import { combineTemplates } from '../../local/combine-templates';
import { run } from '../../local/run';
import { addKeys } from './add-keys';

run('away', addKeys(combineTemplates('away'), generateVAPIDKeys()));
