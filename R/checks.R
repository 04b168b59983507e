# Checks of single arguments. Each returns the value in the type that the code below
# wants, or stops with the argument's name, what was found and what is wanted.

check_number <- function(x, lower = -Inf, upper = Inf, open = FALSE,
                         arg = caller_arg(x), call = caller_env()) {
  ok <- is.numeric(x) && length(x) == 1 && !is.na(x) && x >= lower && x <= upper &&
    (!open || (x > lower && x < upper))
  if (!ok) {
    wanted <- if (open) paste("between", lower, "and", upper, "(exclusive)")
              else if (is.finite(upper)) paste("from", lower, "to", upper)
              else paste("of at least", lower)
    abort_input(c("{.arg {arg}} must be a number {wanted}.",
                  x = "It is {describe(x)}."), call = call)
  }
  as.numeric(x)
}

check_count <- function(x, lower = 1, upper = 2^31 - 1, arg = caller_arg(x),
                        call = caller_env()) {
  ok <- is.numeric(x) && length(x) == 1 && !is.na(x) && x == floor(x) && x >= lower &&
    x <= upper
  if (!ok) {
    wanted <- if (upper < 2^31 - 1) paste("from", lower, "to", upper)
              else paste("of at least", lower)
    abort_input(c("{.arg {arg}} must be a whole number {wanted}.",
                  x = "It is {describe(x)}."), call = call)
  }
  as.numeric(x)
}

check_flag <- function(x, arg = caller_arg(x), call = caller_env()) {
  if (!is.logical(x) || length(x) != 1 || is.na(x)) {
    abort_input(c("{.arg {arg}} must be {.code TRUE} or {.code FALSE}.",
                  x = "It is {describe(x)}."), call = call)
  }
  x
}

check_choice <- function(x, choices, arg = caller_arg(x), call = caller_env()) {
  if (identical(x, choices)) choices[1] else check_one_of(x, choices, arg, call)
}

check_one_of <- function(x, choices, arg = caller_arg(x), call = caller_env()) {
  if (!is.character(x) || length(x) != 1 || !x %in% choices) {
    abort_input(c("{.arg {arg}} must be one of {.or {.val {choices}}}.",
                  x = "It is {describe(x)}."), call = call)
  }
  x
}

check_inherits <- function(x, class, wanted, arg = caller_arg(x), call = caller_env()) {
  if (!inherits(x, class)) {
    abort_input(c("{.arg {arg}} must be {wanted}.", x = "It is {describe(x)}."),
                call = call)
  }
  x
}

check_no_dots <- function(..., of = "mi_anchor", call = caller_env()) {
  check_names_among(..., names = character(), of = of, call = call)
}

check_names_among <- function(..., names, of = "mi_anchor", call = caller_env()) {
  given <- if (is.null(...names())) character(...length()) else ...names()
  wrong <- given[!given %in% names]
  if (length(wrong) > 0) {
    what <- c(wrong[nzchar(wrong)], "an argument without a name")[1]
    abort_input(c("Every argument must be one that {.fn {of}} has.",
                  x = "{.val {what}} is not."), call = call)
  }
}

check_installed <- function(package, why, call = caller_env()) {
  if (!requireNamespace(package, quietly = TRUE)) {
    cli::cli_abort(
      c("The package {.pkg {package}} is needed {why}.",
        i = "Install it with {.code install.packages(\"{package}\")}."),
      class = c("anchormi_error_package", "anchormi_error"), call = call)
  }
}

# A value in a few words, for "It is ...".
describe <- function(x) {
  if (is.null(x)) return("NULL")
  if (is.numeric(x) && !is.object(x) && is.null(dim(x)) && length(x) %in% 2:9) {
    return(paste0("c(", paste(format(x, trim = TRUE), collapse = ", "), ")"))
  }
  if (is.atomic(x) && length(x) == 1 && !is.object(x)) {
    return(if (is.character(x)) dQuote(x, FALSE) else format(x))
  }
  size <- if (is.null(dim(x))) paste("of length", length(x))
          else paste("with dimensions", paste(dim(x), collapse = " x "))
  paste0("an object of class <", class(x)[1], "> ", size)
}
