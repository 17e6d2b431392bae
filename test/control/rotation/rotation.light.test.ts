import { node } from '../../conformance/pairings.js';
import { rotationStories } from './story.js';

rotationStories(node, 'node');
