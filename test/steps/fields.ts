import type { BoundExpression, DeferredValue, Locals } from '../../src/contracts/fields.js';

/** A field that is evaluated anew each time, as the compiler would bind it. */
export const deferred = <T>(evaluate: (locals: Locals) => T): DeferredValue<T> => ({ constant: false, evaluate });

export const constant = <T>(value: T): DeferredValue<T> => ({ constant: true, evaluate: () => value });

/** An expression, as the compiler would bind it. */
export const expression = (evaluate: (locals: Locals) => unknown): BoundExpression => ({
  source: String(evaluate),
  evaluate: (locals = {}) => evaluate(locals),
  explain: () => [],
});
