#include "ffi.h"
#include <R_ext/Rdynload.h>
#include <R_ext/Visibility.h>
#include "core/parallel.h"

static const R_CallMethodDef calls[] = {
    {"ffi_contrastive_loss", (DL_FUNC)&ffi_contrastive_loss, 3},
    {"ffi_critic_parameters", (DL_FUNC)&ffi_critic_parameters, 1},
    {"ffi_crossprod", (DL_FUNC)&ffi_crossprod, 3},
    {"ffi_has_openmp", (DL_FUNC)&ffi_has_openmp, 0},
    {"ffi_isa_available", (DL_FUNC)&ffi_isa_available, 0},
    {"ffi_lines_near", (DL_FUNC)&ffi_lines_near, 5},
    {"ffi_margins", (DL_FUNC)&ffi_margins, 2},
    {"ffi_normals_fit", (DL_FUNC)&ffi_normals_fit, 2},
    {"ffi_normals_logs", (DL_FUNC)&ffi_normals_logs, 2},
    {"ffi_normals_matrix", (DL_FUNC)&ffi_normals_matrix, 5},
    {"ffi_proper_score", (DL_FUNC)&ffi_proper_score, 3},
    {"ffi_release_memory", (DL_FUNC)&ffi_release_memory, 0},
    {"ffi_score_blocks", (DL_FUNC)&ffi_score_blocks, 7},
    {"ffi_score_pairs", (DL_FUNC)&ffi_score_pairs, 6},
    {"ffi_smooth_sums", (DL_FUNC)&ffi_smooth_sums, 3},
    {"ffi_stack_loss", (DL_FUNC)&ffi_stack_loss, 4},
    {"ffi_threads_available", (DL_FUNC)&ffi_threads_available, 0},
    {"ffi_train", (DL_FUNC)&ffi_train, 4},
    {NULL, NULL, 0},
};

attribute_visible void R_init_anchormi(DllInfo *dll)
{
  parallel_init();
  R_registerRoutines(dll, NULL, calls, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
  R_forceSymbols(dll, TRUE);
}
