import { node } from '../../conformance/pairings.js';
import { playInvitation } from './story.js';

playInvitation('over gateways on Node', async () => node);
