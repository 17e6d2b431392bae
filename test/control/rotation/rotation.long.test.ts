import { createSubject } from '../../conformance/haproxy/subject.js';
import { rotationStories } from './story.js';

rotationStories(await createSubject(), 'haproxy 3.0');
