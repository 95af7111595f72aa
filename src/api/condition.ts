import { z } from 'zod';
import type { Condition } from '../kube/index.ts';
import { listMap } from './list-map.ts';

/** Whether a condition holds. */
export const conditionStatus = z.enum(['True', 'False', 'Unknown']);

const condition = z
  .object({
    type: z.string().max(316).describe('What the condition is about.'),
    status: conditionStatus.describe('Whether it holds.'),
    observedGeneration: z.int().min(0).exactOptional().meta({
      description: 'The generation of the object that it was set for.',
      format: 'int64',
    }),
    lastTransitionTime: z.string().max(64).meta({ description: 'When the status last changed.', format: 'date-time' }),
    reason: z.string().min(1).max(1024).describe('One word, for programs.'),
    message: z.string().max(32_768).describe('One sentence, for people.'),
  })
  .describe('One observation, by the Kubernetes conventions.') satisfies z.ZodType<Condition>;

/** The conditions of an object, one of each type. */
export const conditions = listMap(condition, 'type', { max: 32, description: 'What is observed about the object.' });

/** The generation of the spec that a status is about. */
export const observedGeneration = z.int().min(0).meta({
  description: 'The generation of the spec that this status is about.',
  format: 'int64',
});
