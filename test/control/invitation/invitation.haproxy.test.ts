import { createSubject } from '../../conformance/haproxy/subject.js';
import { playInvitation } from './story.js';

playInvitation('over gateways on HAProxy', () => createSubject());
