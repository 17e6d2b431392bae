import { haproxyOf } from '../haproxy/implementation.js';
import { rotationStories } from './story.js';

rotationStories(await haproxyOf('3.0'), 'haproxy 3.0');
