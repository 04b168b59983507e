#include <string.h>
#include "ffi.h"

SEXP list_element(SEXP list, const char *name)
{
  SEXP names = Rf_getAttrib(list, R_NamesSymbol);
  for (R_xlen_t i = 0; i < Rf_xlength(names); i++)
    if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0) return VECTOR_ELT(list, i);
  Rf_error("internal error: a list has no element '%s'", name);
}

double list_number(SEXP list, const char *name)
{
  return Rf_asReal(list_element(list, name));
}

size_t list_size(SEXP list, const char *name)
{
  return (size_t)list_number(list, name);
}

static const char *list_string(SEXP list, const char *name)
{
  return CHAR(STRING_ELT(list_element(list, name), 0));
}

struct critic as_critic(SEXP critic)
{
  struct critic_spec spec = {0};
  struct critic out;
  SEXP widths = list_element(critic, "widths");
  spec.kind = list_string(critic, "kind");
  spec.dx = list_size(critic, "dx");
  spec.dy = list_size(critic, "dy");
  spec.depth = (size_t)Rf_xlength(widths);
  for (size_t l = 0; l < spec.depth && l < MLP_MAX_LAYERS - 1; l++)
    spec.widths[l] = (size_t)REAL(widths)[l];
  spec.embedding = list_size(critic, "embedding");
  spec.activation = list_string(critic, "activation");
  spec.skip = list_number(critic, "skip") != 0.0;
  spec.quadratic = list_number(critic, "quadratic") != 0.0;
  const char *wrong = critic_make(&spec, &out);
  if (wrong) Rf_error("internal error: %s", wrong);
  return out;
}

struct objective as_objective(SEXP objective)
{
  struct objective out;
  out.row = objective_find(list_string(objective, "rule"));
  if (!out.row) Rf_error("internal error: there is no objective of that name");
  out.nu = list_number(objective, "nu");
  out.candidates = list_size(objective, "k");
  return out;
}

void check_blocks(SEXP x, SEXP y, const struct critic *critic)
{
  if (!Rf_isMatrix(x) || !Rf_isMatrix(y) || !Rf_isReal(x) || !Rf_isReal(y) ||
      (size_t)Rf_ncols(x) != critic->dx || (size_t)Rf_ncols(y) != critic->dy ||
      Rf_nrows(x) != Rf_nrows(y))
    Rf_error("internal error: x and y don't fit the critic");
}

void copy_rows(SEXP matrix, const int *index, size_t first, size_t rows, real *out)
{
  const double *from = REAL(matrix);
  const size_t n = (size_t)Rf_nrows(matrix), d = (size_t)Rf_ncols(matrix);
  for (size_t j = 0; j < d; j++)
    for (size_t i = 0; i < rows; i++) {
      const size_t row = index ? (size_t)index[i] - 1 : first + i;
      out[i * d + j] = (real)from[j * n + row];
    }
}

int check_interrupt(void *context)
{
  (void)context;
  R_CheckUserInterrupt();
  return 0;
}
