#include "ffi.h"

SEXP ffi_contrastive_loss(SEXP scores, SEXP objective)
{
  const struct objective o = as_objective(objective);
  const int rows = Rf_nrows(scores);
  const size_t batch = (size_t)rows;
  const char *names[] = {"value", "gradient", ""};
  SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SEXP gradient = Rf_allocMatrix(REALSXP, rows, rows);
  SET_VECTOR_ELT(result, 1, gradient);
  double *by_row = (double *)R_alloc(2 * batch * batch, sizeof(double));
  double *gradient_by_row = by_row + batch * batch;
  double *work = (double *)R_alloc(objective_work(batch), sizeof(double));

  for (size_t i = 0; i < batch; i++)
    for (size_t j = 0; j < batch; j++)
      by_row[i * batch + j] = REAL(scores)[j * batch + i];
  const double value = objective_matrix(&o, batch, by_row, gradient_by_row, work);
  for (size_t i = 0; i < batch; i++)
    for (size_t j = 0; j < batch; j++)
      REAL(gradient)[j * batch + i] = gradient_by_row[i * batch + j];
  SET_VECTOR_ELT(result, 0, Rf_ScalarReal(value));
  UNPROTECT(1);
  return result;
}
