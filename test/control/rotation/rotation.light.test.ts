import { node } from '../../conformance/implementation.js';
import { rotationStories } from './story.js';

rotationStories(node, 'node');
