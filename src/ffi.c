#include <setjmp.h>
#include <string.h>
#include "ffi.h"
#include "core/parallel.h"
#include "core/kernels.h"

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
  SEXP string = list_element(list, name);
  if (!Rf_isString(string) || Rf_xlength(string) != 1)
    Rf_error("internal error: '%s' is not a string", name);
  return CHAR(STRING_ELT(string, 0));
}

void use_isa(void)
{
  SEXP isa = Rf_GetOption1(Rf_install("anchormi.isa"));
  const int named = Rf_isString(isa) && Rf_xlength(isa) == 1;
  if ((isa != R_NilValue && !named) ||
      !kernels_use(named ? CHAR(STRING_ELT(isa, 0)) : NULL))
    Rf_error("Option anchormi.isa names no instruction set of this machine: see "
             "mi_system_info().");
}

struct critic as_critic(SEXP critic)
{
  use_isa();
  struct critic_spec spec = {0};
  struct critic out;
  SEXP widths = list_element(critic, "widths");
  spec.kind = list_string(critic, "kind");
  spec.dx = list_size(critic, "dx");
  spec.dy = list_size(critic, "dy");
  spec.known = list_size(critic, "known");
  spec.depth = (size_t)Rf_xlength(widths);
  for (size_t l = 0; l < spec.depth && l < MLP_MAX_LAYERS - 1; l++)
    spec.widths[l] = (size_t)REAL(widths)[l];
  spec.embedding = list_size(critic, "embedding");
  spec.components = list_size(critic, "components");
  spec.activation = list_string(critic, "activation");
  spec.skip = list_number(critic, "skip") != 0.0;
  spec.quadratic = list_number(critic, "quadratic") != 0.0;
  spec.head = list_string(critic, "head");
  spec.temperature = list_number(critic, "temperature");
  spec.second = (enum second)list_size(critic, "second");
  const char *wrong = critic_make(&spec, &out);
  if (wrong) Rf_error("internal error: %s", wrong);
  return out;
}

/* Calls the user's functions with one row of probabilities and its class, from 0. What
 * they return is checked; errors jump. */
static double custom_loss(void *context, size_t classes, const double *v, size_t z,
                          double *gradient)
{
  const struct custom_score *custom = context;
  SEXP eta = PROTECT(Rf_allocMatrix(REALSXP, 1, (int)classes));
  SEXP true_class = PROTECT(Rf_ScalarInteger((int)z));
  double *p = REAL(eta);
  const double all = score_powers(1.0, classes, v);
  for (size_t j = 0; j < classes; j++)
    p[j] = exp(v[j] - all);
  SEXP call = PROTECT(Rf_lang3(custom->loss, eta, true_class));
  SEXP value = PROTECT(Rf_eval(call, R_GlobalEnv));
  if (!Rf_isReal(value) || Rf_xlength(value) != 1)
    Rf_error("score_custom(): `loss` did not return a number.");
  const double loss = REAL(value)[0];
  if (ISNAN(loss)) Rf_error("score_custom(): `loss` returned a missing value.");
  if (loss == R_NegInf) Rf_error("score_custom(): `loss` returned minus infinity.");
  if (gradient) {
    call = PROTECT(Rf_lang3(custom->gradient, eta, true_class));
    SEXP slope = PROTECT(Rf_eval(call, R_GlobalEnv));
    if (!Rf_isReal(slope) || (size_t)Rf_xlength(slope) != classes)
      Rf_error("score_custom(): `gradient` did not return a number for each class.");
    /* From the probabilities to the logits. */
    double mean = 0.0;
    for (size_t j = 0; j < classes; j++) {
      if (ISNAN(REAL(slope)[j]))
        Rf_error("score_custom(): `gradient` returned a missing value.");
      if (!R_FINITE(REAL(slope)[j]))
        Rf_error("score_custom(): `gradient` returned an infinite value.");
      if (p[j] > 0.0) mean += p[j] * REAL(slope)[j];
    }
    for (size_t j = 0; j < classes; j++)
      gradient[j] = p[j] > 0.0 ? p[j] * (REAL(slope)[j] - mean) : 0.0;
    UNPROTECT(2);
  }
  UNPROTECT(4);
  return loss;
}

struct score as_score(SEXP score, struct custom_score *custom)
{
  use_isa();
  struct score out = {0};
  const char *name = list_string(score, "rule");
  if (strcmp(name, "custom") == 0) {
    custom->loss = list_element(score, "loss");
    custom->gradient = list_element(score, "gradient");
    out.callback = custom_loss;
    out.context = custom;
  } else if (!score_find(name, list_number(score, "alpha"), &out)) {
    Rf_error("internal error: there is no score of that name");
  }
  return out;
}

struct objective as_objective(SEXP objective, struct custom_score *custom)
{
  struct objective out = {0};
  SEXP core = list_element(objective, "core");
  out.kind = objective_find(list_string(core, "kind"));
  if (!out.kind) Rf_error("internal error: there is no objective of that name");
  out.score = as_score(list_element(core, "score"), custom);
  out.nu = list_number(core, "nu");
  out.candidates = list_size(core, "k");
  out.negatives = (enum negatives)list_size(core, "negatives");
  out.alpha = list_number(core, "alpha");
  out.decay = list_number(core, "decay");
  out.ratio = list_number(core, "ratio") != 0.0;
  out.scale = list_number(core, "scale");
  out.symmetric = list_number(core, "symmetric") != 0.0;
  return out;
}

struct objective_state as_state(SEXP state)
{
  struct objective_state out = {0};
  if (state == R_NilValue) return out;
  out.normaliser = Rf_asReal(state);
  out.begun = 1;
  return out;
}

SEXP from_state(const struct objective_state *state)
{
  return state->begun ? Rf_ScalarReal(state->normaliser) : R_NilValue;
}

uint64_t as_seed(SEXP seed)
{
  if (!Rf_isReal(seed) || Rf_xlength(seed) != 2)
    Rf_error("internal error: a seed is two numbers below 2^32");
  return (uint64_t)REAL(seed)[0] << 32 | (uint64_t)REAL(seed)[1];
}

void check_parameters(SEXP parameters, const struct critic *critic)
{
  if (!Rf_isReal(parameters) || (size_t)Rf_xlength(parameters) != critic->parameters)
    Rf_error("internal error: these are not the critic's parameters");
}

real *packed_parameters(SEXP parameters, const struct critic *critic)
{
  real *flat = (real *)R_alloc(critic->parameters, sizeof(real));
  real *packed = (real *)R_alloc(critic->packed, sizeof(real));
  for (size_t i = 0; i < critic->parameters; i++)
    flat[i] = (real)REAL(parameters)[i];
  critic_pack(critic, flat, packed);
  return packed;
}

static int is_numbers(SEXP list, const char *name, size_t count)
{
  SEXP numbers = list_element(list, name);
  return Rf_isReal(numbers) && (size_t)Rf_xlength(numbers) == count;
}

static int fit_columns(SEXP margins, size_t columns)
{
  return margins == R_NilValue ||
         (is_numbers(margins, "centre", columns) &&
          is_numbers(margins, "scale", columns) && is_numbers(margins, "limit", 1));
}

void check_blocks(SEXP x, SEXP y, SEXP margins, const struct critic *critic)
{
  if (!Rf_isMatrix(x) || !Rf_isMatrix(y) || !Rf_isReal(x) || !Rf_isReal(y) ||
      (size_t)Rf_ncols(x) != critic->dx || (size_t)Rf_ncols(y) != critic->dy ||
      Rf_nrows(x) != Rf_nrows(y) ||
      !fit_columns(list_element(margins, "x"), critic->dx) ||
      !fit_columns(list_element(margins, "y"), critic->dy))
    Rf_error("internal error: x and y don't fit the critic");
}

/* Means and standard deviations (1 where there is none) of a double matrix's columns over
 * rows `index`, from 1; of numbers over the largest, whose squares can't overflow. */
SEXP ffi_margins(SEXP matrix, SEXP index)
{
  const char *names[] = {"centre", "scale", ""};
  const R_xlen_t n = Rf_nrows(matrix), d = Rf_ncols(matrix), rows = Rf_xlength(index);
  SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
  for (int i = 0; i < 2; i++)
    SET_VECTOR_ELT(out, i, Rf_allocVector(REALSXP, d));
  for (R_xlen_t j = 0; j < d; j++) {
    const double *column = REAL(matrix) + j * n;
    double largest = 0.0, sum = 0.0, squares = 0.0;
    for (R_xlen_t i = 0; i < rows; i++)
      largest = fmax(largest, fabs(column[INTEGER(index)[i] - 1]));
    if (largest == 0.0) largest = 1.0;
    for (R_xlen_t i = 0; i < rows; i++)
      sum += column[INTEGER(index)[i] - 1] / largest;
    const double mean = sum / (double)rows;
    for (R_xlen_t i = 0; i < rows; i++) {
      const double v = column[INTEGER(index)[i] - 1] / largest - mean;
      squares += v * v;
    }
    const double sd = sqrt(squares / (double)(rows - 1));
    /* a constant's differences from its mean are rounding */
    const double scale = sd > 1e-15 * fabs(mean) && rows > 1 ? sd : 1.0;
    REAL(VECTOR_ELT(out, 0))[j] = mean * largest;
    REAL(VECTOR_ELT(out, 1))[j] = scale * largest;
  }
  UNPROTECT(1);
  return out;
}

void copy_rows(SEXP matrix, SEXP margins, const int *index, size_t first, size_t rows,
               real *out)
{
  const size_t n = (size_t)Rf_nrows(matrix), d = (size_t)Rf_ncols(matrix);
  const int plain = margins == R_NilValue;
  const double *centres = plain ? NULL : REAL(list_element(margins, "centre"));
  const double *scales = plain ? NULL : REAL(list_element(margins, "scale"));
  const double limit = plain ? INFINITY : list_number(margins, "limit");
  for (size_t j = 0; j < d; j++) {
    const double *from = REAL(matrix) + j * n;
    const double centre = plain ? 0.0 : centres[j], scale = plain ? 1.0 : scales[j];
    for (size_t i = 0; i < rows; i++) {
      const double v = (from[index ? (size_t)index[i] - 1 : first + i] - centre) / scale;
      out[i * d + j] = (real)(v > limit ? limit : v < -limit ? -limit : v);
    }
  }
}

double *doubles(size_t count)
{
  return (double *)R_alloc(count, sizeof(double));
}

real *as_rows(SEXP matrix, SEXP margins)
{
  if (!Rf_isReal(matrix) || !Rf_isMatrix(matrix))
    Rf_error("internal error: this is not a matrix of numbers");
  const size_t n = (size_t)Rf_nrows(matrix), d = (size_t)Rf_ncols(matrix);
  real *out = (real *)R_alloc(n * d, sizeof(real));
  copy_rows(matrix, margins, NULL, 0, n, out);
  return out;
}

int check_interrupt(void *context)
{
  (void)context;
  R_CheckUserInterrupt();
  return 0;
}

static void jump_back(void *back, Rboolean jump)
{
  if (jump) longjmp(*(jmp_buf *)back, 1);
}

void without_jump(struct jumps *jumps, SEXP (*call)(void *), void *data)
{
  jmp_buf back;
  if (parallel_raised(&jumps->jumped) || !parallel_is_caller()) return;
  if (setjmp(back))
    parallel_raise(&jumps->jumped);
  else
    R_UnwindProtect(call, data, jump_back, &back, jumps->unwinding);
}

static SEXP look(void *data)
{
  (void)data;
  R_CheckUserInterrupt();
  return R_NilValue;
}

int interrupted(void *context)
{
  struct jumps *jumps = context;
  without_jump(jumps, look, NULL);
  return parallel_raised(&jumps->jumped);
}

void go_on_jumping(struct jumps *jumps)
{
  if (jumps->jumped) R_ContinueUnwind(jumps->unwinding);
}
