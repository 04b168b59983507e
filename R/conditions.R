# Errors and warnings that users see carry classes, so that scripts can catch them:
# every error "anchormi_error", bad input also "anchormi_error_input"; every warning
# "anchormi_warning" and one of its own.

abort_input <- function(message, call = caller_env(), .envir = parent.frame()) {
  cli::cli_abort(message, class = c("anchormi_error_input", "anchormi_error"),
                 call = call, .envir = .envir)
}

warn_user <- function(message, class, .envir = parent.frame()) {
  cli::cli_warn(message, class = c(paste0("anchormi_warning_", class),
                                   "anchormi_warning"),
                call = NULL, .envir = .envir)
}
