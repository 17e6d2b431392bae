import { IsIn, IsInt, IsString, MaxLength } from 'class-validator';
import { Doc } from './crd.js';
import { Optional } from './fields.js';
import type { Condition } from './objects.js';

/** A condition as the CRDs describe it (metav1.Condition). */
@Doc("One aspect of the object's state.")
export class StatusCondition implements Condition {
  @Doc('What is judged.')
  @IsString()
  @MaxLength(316)
  type!: string;

  @Doc('Whether it holds: True, False or Unknown.')
  @IsIn(['True', 'False', 'Unknown'])
  status!: Condition['status'];

  @Doc('Why, in one word for programs.')
  @IsString()
  @MaxLength(1024)
  reason!: string;

  @Doc('Why, in a sentence for people.')
  @IsString()
  @MaxLength(32768)
  message!: string;

  @Doc('The generation of the object that was judged.', { format: 'int64' })
  @Optional()
  @IsInt()
  observedGeneration?: number;

  @Doc('When the status last changed.', { format: 'date-time' })
  @IsString()
  lastTransitionTime!: string;
}
