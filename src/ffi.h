/* Entry points for .Call and what they share. R code has checked every argument: here
 * SEXPs become plain structs, and plain results SEXPs. */
#ifndef FFI_H
#define FFI_H

#ifndef R_NO_REMAP
#define R_NO_REMAP
#endif
#include <R.h>
#include <Rinternals.h>
#include "core/critic.h"
#include "core/objective.h"

SEXP ffi_contrastive_loss(SEXP scores, SEXP objective, SEXP state);
SEXP ffi_critic_parameters(SEXP critic);
SEXP ffi_crossprod(SEXP a, SEXP b, SEXP threads);
SEXP ffi_has_openmp(void);
SEXP ffi_isa_available(void);
SEXP ffi_lines_near(SEXP intercepts, SEXP slopes, SEXP x, SEXP y, SEXP widths);
SEXP ffi_margins(SEXP matrix, SEXP index);
SEXP ffi_normals_fit(SEXP jobs, SEXP threads);
SEXP ffi_normals_logs(SEXP mixture, SEXP z);
SEXP ffi_normals_matrix(SEXP mixture, SEXP x, SEXP y, SEXP minus_x, SEXP minus_y);
SEXP ffi_proper_score(SEXP probabilities, SEXP class_of, SEXP score);
SEXP ffi_release_memory(void);
SEXP ffi_score_blocks(SEXP x, SEXP y, SEXP blocks, SEXP margins, SEXP critic,
                      SEXP parameters, SEXP threads);
SEXP ffi_score_pairs(SEXP x, SEXP y, SEXP margins, SEXP critic, SEXP parameters,
                     SEXP threads);
SEXP ffi_smooth_sums(SEXP centres, SEXP widths, SEXP at);
SEXP ffi_stack_loss(SEXP parts, SEXP weights, SEXP objective, SEXP threads);
SEXP ffi_threads_available(void);
SEXP ffi_train(SEXP jobs, SEXP threads, SEXP progress, SEXP meanwhile);

/* Element `name` of an R list; an R error if there is none. */
SEXP list_element(SEXP list, const char *name);
double list_number(SEXP list, const char *name);
size_t list_size(SEXP list, const char *name);

/* Uses the instruction set of option anchormi.isa; an R error if there is none of that name.
 * Every entry point that computes by kernels goes through here first. */
void use_isa(void);

struct critic as_critic(SEXP critic);

/* R functions in the place of a scoring rule. */
struct custom_score {
  SEXP loss, gradient;
};

/* `custom` must live as long as the objective. */
struct objective as_objective(SEXP objective, struct custom_score *custom);
struct score as_score(SEXP score, struct custom_score *custom);

/* A state that R holds: NULL, or the logarithm of a normaliser. */
struct objective_state as_state(SEXP state);
SEXP from_state(const struct objective_state *state);

uint64_t as_seed(SEXP seed);

/* An R error unless these are the critic's parameters. */
void check_parameters(SEXP parameters, const struct critic *critic);
/* A copy of them, packed, in memory that R takes back when the call ends. */
real *packed_parameters(SEXP parameters, const struct critic *critic);

/* An R error unless x and y are double matrices of n rows with the critic's columns, and
 * margins, of x and y, have as many: what memory is laid out by. */
void check_blocks(SEXP x, SEXP y, SEXP margins, const struct critic *critic);

/* Rows of a column-major R matrix as reals, row-major. `margins` is NULL, or a list of every
 * column's `centre` and `scale`: then numbers are less the one, over the other, and kept
 * within +-`limit`. `index` holds row numbers from 1; NULL stands for `first`, `first` + 1,
 * ... from 0. */
void copy_rows(SEXP matrix, SEXP margins, const int *index, size_t first, size_t rows,
               real *out);

/* Memory that R takes back when the call ends. */
double *doubles(size_t count);

/* All rows, in such memory. */
real *as_rows(SEXP matrix, SEXP margins);

/* host.stop for R: jumps when the user interrupts. */
int check_interrupt(void *context);

/* No jump may leave a loop over threads. In one R is called, on its own thread only, through
 * here: a jump comes back, all threads are told to stop, and behind the loop it goes on. */
struct jumps {
  SEXP unwinding; /* R_MakeUnwindCont(), protected */
  int jumped;     /* read and raised through parallel.h, whatever the thread */
};

/* Not on other threads, and not once there was a jump. */
void without_jump(struct jumps *jumps, SEXP (*call)(void *), void *data);

/* host.stop for such loops; `context` is the jumps. */
int interrupted(void *context);

void go_on_jumping(struct jumps *jumps);

#endif
