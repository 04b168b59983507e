#include "ffi.h"
#include "core/stack.h"
#include "core/transpose.h"

/* `scores`: batch x batch, or x 2: then the second slice's diagonal is the second
 * network's values. */
SEXP ffi_contrastive_loss(SEXP scores, SEXP objective, SEXP state)
{
  struct custom_score custom;
  const struct objective o = as_objective(objective, &custom);
  struct objective_state moving = as_state(state);
  const size_t batch = (size_t)INTEGER(Rf_getAttrib(scores, R_DimSymbol))[0];
  const size_t area = batch * batch;
  const int has_second = (size_t)Rf_xlength(scores) > area;
  const char *names[] = {"value", "gradient", "rows", "state", ""};
  SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 1, Rf_duplicate(scores));
  SET_VECTOR_ELT(result, 2, Rf_allocVector(REALSXP, (R_xlen_t)batch));
  double *second = has_second ? doubles(batch) : NULL;
  for (size_t i = 0; has_second && i < batch; i++)
    second[i] = REAL(scores)[area + i * batch + i];

  double *by_row = doubles(area);
  transpose(batch, batch, REAL(scores), by_row);

  const struct host host = {1, check_interrupt, NULL};
  const struct matrix_loss loss = {&o,
                                   batch,
                                   by_row,
                                   second,
                                   doubles(area),
                                   has_second ? doubles(batch) : NULL,
                                   REAL(VECTOR_ELT(result, 2)),
                                   &moving,
                                   doubles(objective_matrix_work(&o, batch))};
  objective_matrix(&loss, &host); /* an interrupt jumps */

  double value = 0.0;
  double *gradient = REAL(VECTOR_ELT(result, 1));
  for (R_xlen_t i = 0; i < Rf_xlength(scores); i++)
    gradient[i] = 0.0;
  for (size_t i = 0; i < batch; i++) {
    value += loss.row_loss[i];
    for (size_t j = 0; j < batch; j++)
      gradient[j * batch + i] = loss.gradient[i * batch + j];
    if (has_second) gradient[area + i * batch + i] = loss.d_second[i];
  }
  SET_VECTOR_ELT(result, 0, Rf_ScalarReal(value / (double)batch));
  SET_VECTOR_ELT(result, 3, from_state(&moving));
  UNPROTECT(1);
  return result;
}

/* Rows of probabilities of classes 0, 1, ..., and each row's true class. */
SEXP ffi_proper_score(SEXP probabilities, SEXP class_of, SEXP score)
{
  struct custom_score custom;
  const struct score s = as_score(score, &custom);
  const size_t n = (size_t)Rf_nrows(probabilities);
  const size_t classes = (size_t)Rf_ncols(probabilities);
  SEXP result = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)n));
  double *v = doubles(classes);
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < classes; j++)
      v[j] = log(REAL(probabilities)[j * n + i]);
    REAL(result)[i] = score_loss(&s, classes - 1, v, (size_t)INTEGER(class_of)[i]);
  }
  UNPROTECT(1);
  return result;
}

/* `parts`: for each part of a stack a list of square matrices of scores, block by block, a column
 * for each row of x. Returns the mean loss and its derivatives by the weights, the offset last. */
SEXP ffi_stack_loss(SEXP parts, SEXP weights, SEXP objective, SEXP threads)
{
  struct custom_score custom;
  const struct objective o = as_objective(objective, &custom);
  const size_t count = (size_t)Rf_xlength(parts);
  const size_t blocks = (size_t)Rf_xlength(VECTOR_ELT(parts, 0));
  size_t *rows = (size_t *)R_alloc(blocks, sizeof *rows);
  const double **scores = (const double **)R_alloc(count * blocks, sizeof *scores);
  if (!objective_is_local(&o) || o.kind->second != SECOND_NONE)
    Rf_error("internal error: this objective has no rows of their own");
  if ((size_t)Rf_xlength(weights) != count + 1)
    Rf_error("internal error: there are not as many weights as parts");
  for (size_t p = 0; p < count; p++)
    for (size_t b = 0; b < blocks; b++) {
      SEXP block = VECTOR_ELT(VECTOR_ELT(parts, (R_xlen_t)p), (R_xlen_t)b);
      if (p == 0) rows[b] = (size_t)Rf_nrows(block);
      if (!Rf_isReal(block) || (size_t)Rf_xlength(block) != rows[b] * rows[b] ||
          rows[b] < 2)
        Rf_error("internal error: parts don't fit one another");
      scores[p * blocks + b] = REAL(block);
    }
  struct stack_loss stack = {.objective = &o,
                             .blocks = blocks,
                             .parts = count,
                             .rows = rows,
                             .scores = scores,
                             .weights = REAL(weights),
                             .host = {Rf_asInteger(threads), NULL, NULL}};
  stack.work = R_alloc(stack_bytes(&stack), 1);
  const char *names[] = {"value", "slopes", ""};
  SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(out, 1, Rf_allocVector(REALSXP, (R_xlen_t)count + 1));
  SET_VECTOR_ELT(out, 0, Rf_ScalarReal(stack_loss(&stack, REAL(VECTOR_ELT(out, 1)))));
  UNPROTECT(1);
  return out;
}
