#' What anchormi runs on
#'
#' Training spends its time in a few functions of which the package carries several sets, one
#' for each instruction set of processors: `"avx512"`, `"avx2"` and `"sse2"` on 64-bit Intel
#' and AMD machines, `"neon"` on 64-bit ARM, `"portable"` elsewhere. The best that the machine
#' has is chosen when the program runs, so one installation serves every machine. Results
#' differ between sets by rounding, as they do between machines; within one they are the same
#' bits, whatever the number of threads.
#'
#' `options(anchormi.isa = "avx2")` forces a set, for comparisons or to get the bits of another
#' machine; `options(anchormi.isa = NULL)` goes back to the best.
#'
#' @return A list of class `mi_system_info`: `version` of the package; `isa`, the set in use;
#'   `isa_available`, all that this machine can run, best first; `openmp`, whether the package
#'   was built with it; `processors` that are offered to this process; `threads` that a fit
#'   uses by default, see [mi_control()].
#' @section Errors:
#' Option `anchormi.isa` names no available set: class `anchormi_error_input`, from here and
#' from every fit.
#' @examples
#' mi_system_info()
#'
#' # The same fit with the oldest instructions: other last digits, if any.
#' set.seed(1)
#' best <- mi_anchor(dist ~ speed, data = cars, critic = critic_bilinear())
#' old <- options(anchormi.isa = tail(mi_system_info()$isa_available, 1))
#' set.seed(1)
#' coef(mi_anchor(dist ~ speed, data = cars, critic = critic_bilinear())) - coef(best)
#' options(old)
#' @export
mi_system_info <- function() {
  structure(list(version = utils::packageVersion("anchormi"), isa = check_isa(),
                 isa_available = .Call(ffi_isa_available), openmp = .Call(ffi_has_openmp),
                 processors = .Call(ffi_threads_available), threads = mi_control()$threads),
            class = "mi_system_info")
}

# The set in use; an error if the option asks for one that isn't there. The core follows the
# option by itself.
check_isa <- function(call = caller_env()) {
  available <- .Call(ffi_isa_available)
  asked <- getOption("anchormi.isa")
  if (is.null(asked)) return(available[1])
  check_one_of(asked, available, arg = "options(anchormi.isa)", call = call)
}

#' @export
print.mi_system_info <- function(x, ...) {
  others <- setdiff(x$isa_available, x$isa)
  cat("<anchormi ", format(x$version), ">\n",
      "  Instructions     ", x$isa,
      if (length(others) > 0) paste0(" (also there: ", paste(others, collapse = ", "), ")"),
      "\n",
      "  Threads in a fit ", format(x$threads), " of ", x$processors, " processors",
      if (!x$openmp) ", built without OpenMP", "\n", sep = "")
  invisible(x)
}
