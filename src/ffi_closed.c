#include <string.h>
#include "ffi.h"
#include "core/crossprod.h"
#include "core/lines.h"
#include "core/normals.h"
#include "core/parallel.h"
#include "core/smooth.h"
#include "core/transpose.h"

/* What closed forms need of the core. Memory here is R's: it takes it back when the call
 * ends, however it ends. */

/* A mixture in R: `weights`, `means` (components x columns) and `roots`, a list of upper
 * matrices. In the core matrices are row-major. */

static struct normals new_normals(size_t columns, size_t size)
{
  use_isa();
  return (struct normals){columns, size, doubles(size), doubles(size * columns),
                          doubles(size * columns * columns)};
}

static struct normals as_normals(SEXP mixture)
{
  SEXP weights = list_element(mixture, "weights"), means = list_element(mixture, "means");
  SEXP roots = list_element(mixture, "roots");
  const size_t size = (size_t)Rf_xlength(weights);
  if (!Rf_isReal(weights) || size == 0 || !Rf_isReal(means) || !Rf_isMatrix(means) ||
      (size_t)Rf_nrows(means) != size || (size_t)Rf_xlength(roots) != size)
    Rf_error("internal error: this is not a mixture");
  const size_t d = (size_t)Rf_ncols(means);
  const struct normals out = new_normals(d, size);
  memcpy(out.weights, REAL(weights), size * sizeof(double));
  transpose(size, d, REAL(means), out.means);
  for (size_t k = 0; k < size; k++) {
    SEXP root = VECTOR_ELT(roots, (R_xlen_t)k);
    if (!Rf_isReal(root) || (size_t)Rf_xlength(root) != d * d)
      Rf_error("internal error: a root is not of the mixture's size");
    transpose(d, d, REAL(root), out.roots + k * d * d);
  }
  return out;
}

static SEXP from_normals(const struct normals *normals, double fit)
{
  const size_t d = normals->columns, size = normals->size;
  const char *names[] = {"weights", "means", "roots", "fit", ""};
  SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
  SEXP weights = Rf_allocVector(REALSXP, (R_xlen_t)size);
  SET_VECTOR_ELT(out, 0, weights);
  memcpy(REAL(weights), normals->weights, size * sizeof(double));
  SEXP means = Rf_allocMatrix(REALSXP, (int)size, (int)d);
  SET_VECTOR_ELT(out, 1, means);
  transpose(d, size, normals->means, REAL(means));
  SET_VECTOR_ELT(out, 2, Rf_allocVector(VECSXP, (R_xlen_t)size));
  for (size_t k = 0; k < size; k++) {
    SEXP root = Rf_allocMatrix(REALSXP, (int)d, (int)d);
    SET_VECTOR_ELT(VECTOR_ELT(out, 2), (R_xlen_t)k, root);
    for (size_t i = 0; i < d; i++)
      for (size_t j = 0; j < d; j++)
        REAL(root)[j * d + i] = i <= j ? normals->roots[(k * d + i) * d + j] : 0.0;
  }
  SET_VECTOR_ELT(out, 3, Rf_ScalarReal(fit));
  UNPROTECT(1);
  return out;
}

static real *rows_of(SEXP z, size_t columns)
{
  if ((size_t)Rf_ncols(z) != columns)
    Rf_error("internal error: rows don't fit the mixture");
  return as_rows(z, R_NilValue);
}

struct normals_fits {
  struct normals_job *jobs;
  struct normals *normals;
  double *fits;
};

static void fit_one(void *context, size_t i)
{
  const struct normals_fits *all = context;
  normals_fit(&all->jobs[i], &all->normals[i], &all->fits[i]);
}

/* Several at once have a thread each, one alone has all. */
SEXP ffi_normals_fit(SEXP jobs, SEXP threads)
{
  const size_t count = (size_t)Rf_xlength(jobs);
  struct jumps jumps = {PROTECT(R_MakeUnwindCont()), 0};
  const struct host host = {count > 1 ? 1 : Rf_asInteger(threads), interrupted, &jumps};
  struct normals_fits all = {(struct normals_job *)R_alloc(count, sizeof *all.jobs),
                             (struct normals *)R_alloc(count, sizeof *all.normals),
                             doubles(count)};
  for (size_t i = 0; i < count; i++) {
    SEXP job = VECTOR_ELT(jobs, (R_xlen_t)i), z = list_element(job, "z");
    SEXP share = list_element(job, "share");
    if (!Rf_isMatrix(z) || !Rf_isReal(share) || !Rf_isMatrix(share) ||
        Rf_nrows(share) != Rf_nrows(z))
      Rf_error("internal error: shares don't fit the rows");
    const size_t rows = (size_t)Rf_nrows(z), d = (size_t)Rf_ncols(z);
    const size_t size = (size_t)Rf_ncols(share);
    double *by_row = doubles(rows * size);
    transpose(rows, size, REAL(share), by_row);
    all.normals[i] = new_normals(d, size);
    all.jobs[i] = (struct normals_job){rows,
                                       rows_of(z, d),
                                       by_row,
                                       list_number(job, "pooling"),
                                       list_size(job, "steps"),
                                       list_number(job, "least_gain"),
                                       host,
                                       R_alloc(normals_fit_bytes(rows, d, size), 1)};
  }
  parallel_jobs(Rf_asInteger(threads), count, fit_one, NULL, &host, &all);
  go_on_jumping(&jumps);
  SEXP out = PROTECT(Rf_allocVector(VECSXP, (R_xlen_t)count));
  for (size_t i = 0; i < count; i++)
    SET_VECTOR_ELT(out, (R_xlen_t)i, from_normals(&all.normals[i], all.fits[i]));
  UNPROTECT(2);
  return out;
}

SEXP ffi_normals_logs(SEXP mixture, SEXP z)
{
  const struct normals normals = as_normals(mixture);
  const real *rows = rows_of(z, normals.columns);
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, Rf_nrows(z), (int)normals.size));
  normals_logs(&normals, (size_t)Rf_nrows(z), rows,
               R_alloc(normals_logs_bytes(&normals), 1), REAL(out));
  UNPROTECT(1);
  return out;
}

SEXP ffi_normals_matrix(SEXP mixture, SEXP x, SEXP y, SEXP minus_x, SEXP minus_y)
{
  const struct normals normals = as_normals(mixture);
  const size_t n = (size_t)Rf_nrows(x), of_x = (size_t)Rf_ncols(x);
  if (of_x >= normals.columns || (size_t)Rf_nrows(y) != n ||
      (size_t)Rf_xlength(minus_x) != n || (size_t)Rf_xlength(minus_y) != n)
    Rf_error("internal error: x and y don't fit the mixture");
  const real *of_rows_x = rows_of(x, of_x);
  const real *of_rows_y = rows_of(y, normals.columns - of_x);
  double *by_row = doubles(n * n);
  normals_matrix(&normals, of_x, n, of_rows_x, of_rows_y, REAL(minus_x), REAL(minus_y),
                 R_alloc(normals_matrix_bytes(&normals, of_x, n), 1), by_row);
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)n, (int)n));
  transpose(n, n, by_row, REAL(out));
  UNPROTECT(1);
  return out;
}

SEXP ffi_crossprod(SEXP a, SEXP b, SEXP threads)
{
  use_isa();
  const real *of_rows_a = as_rows(a, R_NilValue), *of_rows_b = as_rows(b, R_NilValue);
  const size_t of_a = (size_t)Rf_ncols(a), of_b = (size_t)Rf_ncols(b);
  if (Rf_nrows(a) != Rf_nrows(b)) Rf_error("internal error: rows don't fit one another");
  const struct host host = {Rf_asInteger(threads), check_interrupt, NULL};
  double *by_row = doubles(of_a * of_b);
  crossprod((size_t)Rf_nrows(a), of_a, of_rows_a, of_b, of_rows_b, &host,
            R_alloc(crossprod_bytes(of_a, of_b), 1), by_row); /* an interrupt jumps */
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)of_a, (int)of_b));
  transpose(of_b, of_a, by_row, REAL(out));
  UNPROTECT(1);
  return out;
}

/* A row a line, a column a width. */
SEXP ffi_lines_near(SEXP intercepts, SEXP slopes, SEXP x, SEXP y, SEXP widths)
{
  const size_t count = (size_t)Rf_xlength(intercepts), points = (size_t)Rf_xlength(x);
  const size_t of_widths = (size_t)Rf_xlength(widths);
  if (!Rf_isReal(intercepts) || !Rf_isReal(slopes) || !Rf_isReal(x) || !Rf_isReal(y) ||
      !Rf_isReal(widths) || (size_t)Rf_xlength(slopes) != count ||
      (size_t)Rf_xlength(y) != points)
    Rf_error("internal error: x and y, or lines, don't fit one another");
  const struct lines lines = {count, REAL(intercepts), REAL(slopes)};
  double *by_line = doubles(count * of_widths);
  lines_near(&lines, points, REAL(x), REAL(y), of_widths, REAL(widths), by_line);
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)count, (int)of_widths));
  transpose(of_widths, count, by_line, REAL(out));
  UNPROTECT(1);
  return out;
}

SEXP ffi_smooth_sums(SEXP centres, SEXP widths, SEXP at)
{
  if (!Rf_isReal(centres) || !Rf_isReal(widths) || !Rf_isReal(at) ||
      Rf_xlength(widths) != Rf_xlength(centres))
    Rf_error("internal error: each kernel has a centre and a width");
  SEXP out = PROTECT(Rf_allocVector(REALSXP, Rf_xlength(at)));
  smooth_sums((size_t)Rf_xlength(centres), REAL(centres), REAL(widths),
              (size_t)Rf_xlength(at), REAL(at), REAL(out));
  UNPROTECT(1);
  return out;
}
