import { createImplementation } from '../../conformance/haproxy/implementation.js';
import { rotationStories } from './story.js';

rotationStories(await createImplementation(), 'haproxy 3.0');
