// npm start -w examples/bot: runs Roomcast together with the bot, from one template.
import { combineTemplates } from '../../local/combine-templates';
import { run } from '../../local/run';

run('bot', combineTemplates('bot'));
